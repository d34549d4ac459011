"""What a run is told, frozen at submit: the workers' part, the contract, the code of a custom reducer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.formats import READER_KEYS
from jupyter_agilab.contract.model import (
    Contract,
    ExecutionTable,
    PartitionTable,
    ReduceTable,
    ResourcesTable,
    SharedItem,
    SourceTable,
)
from jupyter_agilab.dated_json import untagged
from jupyter_agilab.reduce.types import RecordFormat
from jupyter_agilab.run.code import FrozenCode
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.resume_key import stage_key
from jupyter_agilab.run.types import StageSpec
from jupyter_agilab.sealed_json import read_sealed, write_sealed


@dataclass(frozen=True, slots=True)
class FrozenRun:
    """What `load_spec` reads back; ``reduce_code`` is None for a reducer of ours."""

    stage: StageSpec
    contract: Contract
    reduce_code: FrozenCode | None


def write_spec(
    run: RunDirectory, spec: StageSpec, reduce_code: FrozenCode | None, contract: Contract
) -> None:
    """Write what the driver, the workers and the reducer are told."""
    write_sealed(
        run.spec,
        {
            "stage": dataclasses.asdict(spec),
            "contract": dataclasses.asdict(contract),
            "reduce": dataclasses.asdict(reduce_code) if reduce_code else None,
        },
    )


def load_spec(run: RunDirectory) -> FrozenRun:
    """Read it back. The contract was checked at submit, so it is not checked again.

    Raises
    ------
    OSError, ValueError
        It is not there, or not as it was written.
    """
    value = read_sealed(run.spec, untagged)
    reduce = value["reduce"]
    return FrozenRun(
        StageSpec(**value["stage"]),
        _contract(value["contract"]),
        FrozenCode(**{**reduce, "parameters": ()}) if reduce else None,
    )


def _contract(value: Mapping[str, Any]) -> Contract:
    partition = value["partition"]
    return Contract(
        **{
            **value,
            "partition": PartitionTable(
                **{
                    **partition,
                    "columns": tuple(partition["columns"]),
                    "zip": tuple(map(tuple, partition["zip"])),
                }
            ),
            "reduce": ReduceTable(**value["reduce"]),
            "execution": ExecutionTable(**value["execution"]),
            "resources": ResourcesTable(**value["resources"]),
            "shared": {name: SharedItem(**item) for name, item in value["shared"].items()},
            "source": SourceTable(**value["source"]),
        }
    )


def stage_spec(
    contract: Contract,
    code: FrozenCode,
    record_format: RecordFormat,
    folder: Path,
    run: RunDirectory,
    *,
    workflow: Mapping[str, Any] | None = None,
) -> StageSpec:
    """Put together what workers are told; `workflow` is what stands in `StageSpec.workflow`."""
    reader: Mapping[str, Any] = {name: getattr(contract.partition, name) for name in READER_KEYS}
    return StageSpec(
        stage=contract.name,
        run_id=run.run_id,
        function=code.function,
        entry=code.entry,
        sources=dict(code.sources),
        digest=code.digest,
        folder=str(folder),
        parameters=_plain(contract.parameters),
        split=contract.split,
        record_format=record_format,
        seed=contract.execution.seed,
        shared={name: dataclasses.asdict(item) for name, item in contract.shared.items()},
        reader={name: value for name, value in reader.items() if value not in {None, ()}},
        stage_key=stage_key(code, contract, record_format),
        run_dir=str(run.path),
        notebook=contract.source.notebook or "",
        cell=contract.source.cell or "",
        has_typed_lines=is_as_written(code, contract.source.digest),
        workflow=workflow or {},
    )


def is_as_written(code: FrozenCode, digest: str | None) -> bool:
    """Say whether a module has the text that we wrote; True where its digest was not kept."""
    from jupyter_agilab.extract.names import text_digest

    return digest is None or text_digest(code.sources.get(code.entry, "")) == digest


def _plain(value: Any) -> Any:
    """Give TOML values as the plain types that a worker gets."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
