"""Preview: what the function will receive for one partition. Nothing of the author's is imported or run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.sizes import size_text
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition.binding import Bound, Source
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.reduce.registry import record_format_for
from jupyter_agilab.run.arguments import Arguments
from jupyter_agilab.run.code import freeze
from jupyter_agilab.run.layout import HOME, RunDirectory
from jupyter_agilab.run.spec import stage_spec

_ROWS = 5
_CHARACTERS = 2_000
_LINE_CHARACTERS = 160
_FORMS: dict[Source, str] = {
    "path-str": "path as text",
    "path-Path": "path",
    "file-binary": "open file of bytes",
    "file-text": "open file of text",
    "df-pandas": "pandas DataFrame",
    "df-polars": "polars DataFrame",
    "table-arrow": "pyarrow Table",
    "array": "NumPy array",
    "dataset": "xarray Dataset",
    "rows": "records, one after another",
    "lines": "lines, one after another",
    "partition": "description of the partition",
    "sweep": "value of the sweep",
    "params": "all values of the set",
    "seed": "seed of the partition",
    "rng": "random generator of the partition",
    "constant": "constant of [parameters]",
    "shared": "data of [shared]",
}


@dataclass(frozen=True, slots=True)
class ArgumentPreview:
    """One argument: the parameter's ``name``, what it receives in words, and its beginning as text."""

    name: str
    form: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionPreview:
    """What the function will be called with for one partition, in the order of its parameters."""

    stage: str
    function: str
    index: int
    partition: str
    described: str
    arguments: tuple[ArgumentPreview, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``plan --preview --json``."""
        return dataclasses.asdict(self)


def preview_partition(contract: Contract, folder: Path, plan: Plan, index: int) -> PartitionPreview:
    """Read partition `index` of a plan as a worker would, and give what the function would receive.

    A table is read whole, of other forms only the beginning. Pickled shared data is not loaded: that would
    run code.

    Raises
    ------
    PlanError
        There is no such partition.
    ContractError
        The function is not there, or nothing fills one of its parameters.
    AgilabError
        The partition cannot be read.
    """
    if not 0 <= index < plan.partition_count:
        raise PlanError(
            f"{contract.name} has partitions 0 to {plan.partition_count - 1}; {index} was asked for", ()
        )
    folder = folder.resolve()
    code = freeze(contract.function, folder)
    # only its name is used: nothing is written
    nowhere = RunDirectory(folder / HOME / "trials" / contract.name / "preview")
    spec = stage_spec(contract, code, record_format_for(contract), folder, nowhere)
    partition = plan.partitions[index]
    arguments = Arguments(spec, code.parameters)
    with ExitStack() as stack:
        try:
            found = tuple(
                ArgumentPreview(
                    bound.name, _FORMS[bound.source], _shown(bound, value, contract, partition, folder)
                )
                for bound, value in arguments.each(partition, stack)
            )
        except OSError as error:
            raise AgilabError(f"{partition.describe()} cannot be read: {error.strerror or error}") from error
    return PartitionPreview(
        stage=contract.name,
        function=code.function,
        index=index,
        partition=partition.id,
        described=partition.describe(),
        arguments=found,
    )


def _shown(
    bound: Bound, value_of: Callable[[], Any], contract: Contract, partition: Partition, folder: Path
) -> str:
    if bound.source == "shared":
        item = contract.shared[bound.name]
        return f"{item.path} ({item.format})"
    value = value_of()
    match bound.source:
        case "df-pandas":
            told = f"{len(value):,} rows x {len(value.columns):,} columns\n{value.head(_ROWS).to_string()}"
        case "df-polars" | "table-arrow":
            told = f"{value.num_rows if bound.source == 'table-arrow' else value.height:,} rows\n"
            told += str(value.slice(0, _ROWS))
        case "array":
            told = f"{value.dtype}, shape {value.shape}\n{value[:_ROWS]}"
        case "rows" | "lines":
            told = _first(value)
        case "path-str" | "path-Path":
            path = folder / value
            told = f"{value} ({size_text(path.stat().st_size)})"
            told += "" if path.is_dir() else f"\n{_beginning(path)}"
        case "file-binary":
            told = repr(value.read(_LINE_CHARACTERS))
        case "file-text":
            told = "".join(islice(value, _ROWS))
        case "partition":
            told = f"{partition.describe()}, id {partition.id}"
        case _:
            told = repr(value)
    lines = (
        line if len(line) <= _LINE_CHARACTERS else f"{line[:_LINE_CHARACTERS]}…" for line in told.split("\n")
    )
    return "\n".join(lines)[:_CHARACTERS].rstrip()


def _first(values: Iterable[Any]) -> str:
    found = [value if isinstance(value, str) else repr(value) for value in islice(values, _ROWS + 1)]
    more = ["…"] if len(found) > _ROWS else []
    return "\n".join([*found[:_ROWS], *more])


def _beginning(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_CHARACTERS)
    if b"\0" in head:
        return repr(head[:40])
    return "\n".join(head.decode("utf-8", "replace").splitlines()[:_ROWS])
