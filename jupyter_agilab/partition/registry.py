"""The ways of splitting an input that there are, and the one that a contract asks for."""

from __future__ import annotations

from typing import Final

from jupyter_agilab.contract.model import Contract, Split, Strategy
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.file_chunks import FileChunks
from jupyter_agilab.partition.row_chunks import RowChunks
from jupyter_agilab.partition.sweep import ParameterItems
from jupyter_agilab.partition.ways import Cut, Survey, Way
from jupyter_agilab.partition.whole_files import WholeFiles

__all__ = ["FITTING", "WAYS", "Cut", "Survey", "Way", "refusals", "way_for"]

WAYS: Final[tuple[Way, ...]] = (WholeFiles(), FileChunks(), RowChunks(), ParameterItems())

FITTING: Final[dict[Split, tuple[Strategy, ...]]] = {
    "files": ("one-file-per-partition", "file-chunks", "row-chunks"),
    "data-partitions": ("row-chunks", "one-file-per-partition", "file-chunks"),
    "parameter-sweep": ("parameter-items",),
}
"""The strategies that each split can have; the first is used in place of one that does not fit."""


def way_for(contract: Contract) -> Way:
    """Give the way in which a contract's input is split.

    A strategy that does not fit the split is replaced by the split's first one; rows per partition can only
    be had by counting rows.
    """
    fitting = FITTING[contract.split]
    strategy = contract.partition_strategy
    if strategy not in fitting:
        strategy = fitting[0]
    elif strategy == "file-chunks" and contract.partition.rows:
        strategy = "row-chunks"
    return next(way for way in WAYS if way.strategy == strategy)


def refusals(contract: Contract) -> list[Finding]:
    """Give errors for what the contract asks of its partitions and cannot have; nothing is read."""
    table = contract.partition
    found = []
    if table.by not in {None, "rows"}:
        found.append(
            Finding(
                code="partition.not-available",
                message=f"partitions by {table.by} are planned with a later release",
                key="partition.by",
                hint='use by = "rows", or write one file per group and use split = "files"',
            )
        )
    elif table.columns and table.header is False:
        found.append(
            Finding(
                code="partition.columns-without-header",
                message="`columns` names columns, and `header` = false says that nothing names them",
                key="partition.columns",
                hint="leave `columns` out, and choose columns in the function",
            )
        )
    return found
