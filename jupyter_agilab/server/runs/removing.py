"""Remove one run."""

from __future__ import annotations

from typing import Any

from jupyter_agilab import api
from jupyter_agilab.run.layout import RunDirectory


def remove_run(run: RunDirectory, *, force: bool) -> dict[str, Any]:
    """Remove a run, unless it must stay; says which, and why.

    Parameters
    ----------
    force
        Also the newest finished run of its stage, and one that holds results which no other run has.
    """
    done = api.clean(
        run.path.parents[3],
        stage=run.stage,
        run_ids={run.run_id},
        all_runs=force,
        force_unreduced=force,
    )
    kept = [each for each in done.kept if each.run.run_id == run.run_id]
    return {
        "removed": bool(done.runs),
        "freed_bytes": done.freed_bytes,
        "kept": kept[0].told if kept else "",
        "problems": list(done.problems),
    }
