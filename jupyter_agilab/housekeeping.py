"""Free the disk of old runs: what may go, and remove it.

Part of `jupyter_agilab.api`, which offers it by the same names.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.errors import UsageError

if TYPE_CHECKING:
    from jupyter_agilab.run.clean import Cleaning

_UNITS_S = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)\s*", re.ASCII)


def clean(
    folder: str | Path = ".",
    *,
    stage: str | None = None,
    run_ids: Collection[str] = (),
    older_than: str | float | None = None,
    keep: int | None = None,
    failed: bool = False,
    states: Collection[str] = (),
    all_runs: bool = False,
    force_unreduced: bool = False,
    dry_run: bool = False,
    shown: Cleaning | None = None,
) -> Cleaning:
    """Remove runs of the contracts and workflows in `folder`, and what killed processes left behind.

    Blocks until done. A run goes where all that is given holds for it; where nothing is given, only leftovers
    go. A run that is under way never goes, the newest finished run of a stage or workflow only with
    `all_runs`, and one that holds results which no other run has, and which the contract as it is can go on
    from, only with `force_unreduced`.

    Parameters
    ----------
    stage
        Runs of this stage only, and of no workflow.
    run_ids
        Runs with one of these ids only.
    older_than
        Runs that were started so long ago: seconds, or text as ``7d``, ``12h``, ``30min``.
    keep
        All but the newest so many of each stage and of each workflow.
    failed
        Runs that ended without an artifact: failed, stopped and interrupted ones.
    states
        Runs in one of these states.
    all_runs
        The newest finished run of each stage and workflow too, and the last trials.
    force_unreduced
        Also runs whose results no other run has.
    dry_run
        Only say what would go.
    shown
        An earlier answer of a dry run: nothing goes that is not in it.

    Raises
    ------
    UsageError
        `older_than` is no time, or `keep` is negative.
    """
    from jupyter_agilab.run import clean as cleaning

    if keep is not None and keep < 0:
        raise UsageError(f"so many runs cannot be kept: {keep}", hint="keep 0 or more of each stage")
    wanted = set(states)
    if failed:
        wanted |= cleaning.WITHOUT_ARTIFACT
    selection = cleaning.Selection(
        stage=stage,
        run_ids=frozenset(run_ids),
        older_than_s=span_s(older_than) if isinstance(older_than, str) else older_than,
        keep=keep,
        states=frozenset(wanted),
        all_runs=all_runs,
        force_unreduced=force_unreduced,
    )
    home = Path(folder).resolve()
    return cleaning.look(home, selection) if dry_run else cleaning.clean(home, selection, shown)


def span_s(text: str) -> float:
    """Read a time span: a number and ``s``, ``m``, ``min``, ``h``, ``d`` or ``w``; gives seconds.

    Raises
    ------
    UsageError
        It is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is no time span", hint="give a number and a unit: 30min, 12h, 7d or 2w")
    return float(found[1]) * _UNITS_S[found[2]]
