"""Where the artifact goes."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from jupyter_agilab.contract.model import Contract, ReducerName

EXTENSIONS: Mapping[ReducerName, str] = {
    "collect-json": "json",
    "concat-jsonl": "jsonl",
    "concat-csv": "csv",
    "custom": "json",
}
"""The usual end of an artifact's name, by reducer."""


def names_a_contract(output: str, file_name: str = "") -> bool:
    """Say whether ``output`` names a contract: `file_name`, that of the contract itself, or anything in TOML.

    AGILAB's generator writes the contract's own path there.
    """
    name = posixpath.basename(output.replace("\\", "/"))
    return name.lower().endswith(".toml") or (bool(file_name) and posixpath.normpath(output) == file_name)


def artifact_path(contract: Contract, file_name: str = "") -> str:
    """Give the artifact's path: ``output``, or ``artifacts/NAME.EXT`` where that names a contract.

    A run never overwrites a contract. `file_name` is the contract's own. The result is relative to the
    contract's folder unless ``output`` is absolute or a URL.
    """
    if names_a_contract(contract.output, file_name):
        return usual_artifact(contract.name, contract.reducer, contract.reduce.function)
    return contract.output


def usual_artifact(name: str, reducer: ReducerName, reduce_function: str | None = None) -> str:
    """Give ``artifacts/NAME.EXT``, the place of an artifact that has no better one."""
    is_parquet = reducer == "custom" and reduce_function == "concat-parquet"
    return f"artifacts/{name}.{'parquet' if is_parquet else EXTENSIONS[reducer]}"
