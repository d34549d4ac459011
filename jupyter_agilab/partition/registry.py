"""The ways of splitting an input that there are, and the one that a contract asks for."""

from __future__ import annotations

from typing import Final

from jupyter_agilab.contract.fed import fed_by_workflow, is_workflow_name
from jupyter_agilab.contract.model import Contract, PartitionTable, Split, Strategy
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.ways import Cut, Survey, Way

__all__ = ["FITTING", "Cut", "Survey", "Way", "refusals", "way_for", "way_of"]

FITTING: Final[dict[Split, tuple[Strategy, ...]]] = {
    "files": ("one-file-per-partition", "file-chunks", "row-chunks"),
    "data-partitions": ("row-chunks", "one-file-per-partition", "file-chunks"),
    "parameter-sweep": ("parameter-items",),
}
"""The strategies that each split can have; the first is used in place of one that does not fit."""


def way_for(contract: Contract) -> Way:
    """Give the way in which a contract's input is split.

    A strategy that does not fit the split is replaced by the split's first one; rows per partition can only
    be had by counting rows. What `by` says comes first.
    """
    if contract.split == "data-partitions":
        match contract.partition.by:
            case "groups":
                from jupyter_agilab.partition.by_groups import ByGroups

                return ByGroups.of(contract)
            case "dates":
                from jupyter_agilab.partition.by_dates import ByDates

                return ByDates.of(contract)
            case "keys":
                from jupyter_agilab.partition.by_keys import ByKeys

                return ByKeys.of(contract)
    fitting = FITTING[contract.split]
    strategy = contract.partition_strategy
    if strategy not in fitting:
        strategy = fitting[0]
    elif strategy == "file-chunks" and contract.partition.rows:
        strategy = "row-chunks"
    return way_of(strategy)


def way_of(strategy: Strategy) -> Way:
    """Give a strategy's way. Only its own module is imported: a sweep needs nothing of what cuts files."""
    match strategy:
        case "one-file-per-partition":
            from jupyter_agilab.partition.whole_files import WholeFiles

            return WholeFiles()
        case "file-chunks":
            from jupyter_agilab.partition.file_chunks import FileChunks

            return FileChunks()
        case "row-chunks":
            from jupyter_agilab.partition.row_chunks import RowChunks

            return RowChunks()
        case "parameter-items":
            from jupyter_agilab.partition.sweep import ParameterItems

            return ParameterItems()


def refusals(contract: Contract) -> list[Finding]:
    """Give errors for what the contract asks of its partitions and cannot have; nothing is read."""
    if is_workflow_name(contract.input):
        return [fed_by_workflow(contract.input)]
    table = contract.partition
    found = []
    if contract.split == "data-partitions" and table.by in {"groups", "dates", "keys"}:
        found += _refused_columns(table)
    if table.columns and table.header is False:
        found.append(
            Finding(
                code="partition.columns-without-header",
                message="`columns` names columns, and `header` = false says that nothing names them",
                key="partition.columns",
                hint="leave `columns` out, and choose columns in the function"
                if table.by in {None, "rows"}
                else "rows can be grouped where the first row names the columns",
            )
        )
    return found


def _refused_columns(table: PartitionTable) -> list[Finding]:
    if not table.columns:
        message = f"by = {table.by!r} looks at columns, and `columns` names none"
        hint = 'write columns = ["NAME"] in [partition]'
    elif table.by == "dates" and len(table.columns) > 1:
        message = f"by = 'dates' looks at one column, and `columns` names {len(table.columns)}"
        hint = "name the column with the dates"
    else:
        return []
    return [Finding(code="partition.columns", message=message, key="partition.columns", hint=hint)]
