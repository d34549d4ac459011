"""What is known about the kernel and the notebook when a cell is extracted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutedCell:
    """A cell as it was executed: ``source`` as typed, magics included."""

    source: str
    execution_count: int | None = None
    cell_id: str | None = None

    @property
    def label(self) -> str | None:
        """What findings call the cell: the number of its execution, else its id."""
        return str(self.execution_count) if self.execution_count is not None else self.cell_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CellContext:
    """What extraction may look at; everything is optional, so that a cell of a file works too.

    Attributes
    ----------
    namespace
        The user's namespace. Its values are looked at by type only; nothing of theirs is called. None: not
        in a kernel.
    cells
        The cells executed so far, in the order of their execution, without the cell that is being extracted;
        a cell that was executed twice is there twice. For a cell of a file: the code cells above it.
    notebook_cells
        Id to source of the notebook's code cells as they stand now, in the notebook's order; None: not known.
    cell_id, execution_count
        Of the cell that is being extracted.
    notebook
        The notebook's path.
    folder
        Where the contract and ``stages/`` lie; relative paths in the cell mean this folder.
    promised
        Names that have no value yet and will have one, which JSON holds, whenever the stage runs: the
        notebook writes it to a file first. They can be shared.
    first_line
        The number, in the cell as typed, of the first line of the source that is extracted: 2 under a
        ``%%parallel_stage`` line.
    """

    namespace: Mapping[str, object] | None = None
    cells: Sequence[ExecutedCell] = ()
    notebook_cells: Mapping[str, str] | None = None
    cell_id: str | None = None
    execution_count: int | None = None
    notebook: Path | None = None
    folder: Path | None = None
    promised: frozenset[str] = frozenset()
    first_line: int = 1

    @property
    def label(self) -> str | None:
        """What findings call the cell that is being extracted."""
        return str(self.execution_count) if self.execution_count is not None else self.cell_id
