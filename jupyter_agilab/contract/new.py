"""A new contract from AGILAB's generator flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from jupyter_agilab.contract.artifact import names_a_contract
from jupyter_agilab.contract.check import COMPLETED_LATER, check_data
from jupyter_agilab.contract.model import SCHEMA_ID, STRATEGIES_OF_SPLIT, Contract
from jupyter_agilab.contract.named import USUAL_NAME
from jupyter_agilab.contract.paths import is_absolute, relative_to_folder
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import ContractError

NEXT_STEPS: Mapping[str, str] = {
    "local_preview": "Try one partition first: jupyter agilab trial FILE.",
    "workflow_stage": "A workflow names this file as a stage.",
    "distributed_run": "Change backend to pool or dask once one partition gives the right result.",
    "evidence": "Each run keeps its plan, events, results and manifest under .agilab/runs beside this file.",
}
"""AGILAB's four steps, in terms of our commands."""


def new_contract(
    *,
    name: str,
    function: str,
    split: str,
    input: str,  # noqa: A002  # the contract's own word, as in AGILAB's --input
    workers: int | Literal["auto"] = 2,
    workers_auto: bool = False,
    partition_strategy: str | None = None,
    target_partitions: int = 0,
    min_partitions_per_worker: int = 2,
    reducer: str = "collect-json",
    backend: str = "local",
    output: str = USUAL_NAME,
    notes: str = "",
    folder: Path | None = None,
) -> Contract:
    """Make a contract from AGILAB's flags, with AGILAB's defaults.

    Parameters
    ----------
    name, function, split, input, workers, target_partitions, min_partitions_per_worker, reducer, backend,
    notes
        As in the contract.
    workers_auto
        Record ``workers = "auto"`` whatever `workers` is.
    partition_strategy
        By default the first that fits the split; for ``files`` that is AGILAB's ``one-file-per-partition``.
    output
        Where AGILAB writes the contract. It records that path as the artifact's, and so does this; a run then
        puts the artifact into ``artifacts/``.
    folder
        The contract's folder, to which absolute paths below it are made relative; by default that of
        `output`.

    Raises
    ------
    jupyter_agilab.errors.ContractError
        At least one value is wrong; all errors are told. A custom reducer may still lack its ``[reduce]``
        table.
    """
    found: list[Finding] = []
    folder = (folder if folder is not None else Path(output).parent).absolute()

    def plain(path: str, key: str, base: Path) -> str:
        try:
            return relative_to_folder(path, base, key=key)
        except ContractError as error:
            found.extend(error.findings)
            return path

    is_contract = isinstance(output, str) and names_a_contract(output)
    own_folder = Path(output).parent if is_contract and is_absolute(output) else folder
    if partition_strategy is None:
        fitting: Mapping[Any, tuple[str, ...]] = STRATEGIES_OF_SPLIT
        partition_strategy = fitting.get(split, STRATEGIES_OF_SPLIT["files"])[0]
    data: dict[str, Any] = {
        "schema": SCHEMA_ID,
        "name": name,
        "function": function,
        "split": split,
        "input": plain(input, "input", folder) if isinstance(input, str) else input,
        "workers": "auto" if workers_auto else workers,
        "partition_strategy": partition_strategy,
        "target_partitions": target_partitions,
        "min_partitions_per_worker": min_partitions_per_worker,
        "reducer": reducer,
        "backend": backend,
        "output": plain(output, "output", own_folder) if isinstance(output, str) else output,
        **({"notes": notes} if notes else {}),
        "next_steps": dict(NEXT_STEPS),
    }
    checked = check_data(data, folder=folder, file_name=Path(output).name)
    found += [finding for finding in errors_in(checked.findings) if finding.code not in COMPLETED_LATER]
    if found or checked.contract is None:
        raise ContractError("no contract can be made from these values", found)
    return checked.contract
