"""How the stage cells of an open notebook stand: to their files, and to their last run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_agilab.cells import Notebook
from jupyter_agilab.existing_runs import newest_run
from jupyter_agilab.migrate.in_step.compare import StageState, compare_cells
from jupyter_agilab.migrate.in_step.stage_cells import stage_cells

Standing = Literal["in step", "not written", "cell changed", "module changed", "contract changed"]

_NAME = re.compile(r"\w[\w.-]{0,199}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellStanding:
    """One stage cell.

    Attributes
    ----------
    cell, cell_id
        Its index over all cells from 0, and its id.
    standing
        What a badge says: the first that applies of ``not written`` (there is no contract yet), ``cell
        changed``, ``module changed``, ``contract changed``, ``in step``.
    state
        How cell, module and contract stand to each other, with the findings.
    run
        The stage's newest run: ``run``, ``state``, ``submitted``, ``seconds``, ``partitions``, ``finished``,
        ``failed``, ``reused``, ``message``; None where it never ran.
    """

    cell: int
    cell_id: str
    standing: Standing
    state: StageState
    run: Mapping[str, Any] | None


def cell_standings(notebook: Notebook, *, within: Path | None = None) -> tuple[CellStanding, ...]:
    """Look at each stage cell of a notebook, in order; reads files only, and runs nothing.

    Of several cells with one name the last one counts, as it does when the notebook runs.

    Parameters
    ----------
    within
        Stages whose contract is a link that leads out of this folder are left out; None: none are.
    """
    cells = {cell.name: cell for cell in stage_cells(notebook) if not cell.is_reducer}
    folder = notebook.path.absolute().parent
    made = []
    for state in compare_cells(notebook):
        if within is not None and not state.contract_path.resolve().is_relative_to(within):
            continue
        cell = cells[state.name].cell
        made.append(
            CellStanding(
                cell=cell.index,
                cell_id=cell.id,
                standing=_standing(state),
                state=state,
                run=newest_run(folder, state.name) if _NAME.fullmatch(state.name) else None,
            )
        )
    return tuple(sorted(made, key=lambda each: each.cell))


def _standing(state: StageState) -> Standing:
    if state.contract == "missing":
        return "not written"
    moved = state.moved()
    if "cell" in moved:
        return "cell changed"
    if "module" in moved:
        return "module changed"
    return "contract changed" if moved else "in step"
