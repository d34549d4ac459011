"""The runs of a workflow's stages: which they are, what went wrong in them, what their partitions printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.run.causes import SHOWN_CAUSES, inputs_in_words, message_of
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.watch import RunStatus, RunWatch
from jupyter_agilab.workflow.running.frozen import FrozenStage, load_frozen


def stages_of(run_dir: str | Path) -> tuple[FrozenStage, ...]:
    """Give the stages of a workflow's run; none where its directory cannot be read."""
    try:
        return load_frozen(RunDirectory(Path(run_dir))).stages
    except AgilabError:
        return ()


def stage_statuses(run_dir: str | Path) -> Iterator[tuple[str, RunStatus]]:
    """Give the status of each stage's run, by the stage's name in the workflow."""
    for stage in stages_of(run_dir):
        if stage.run is not None and stage.run.manifest.is_file():
            yield stage.name, RunWatch(stage.run).refresh()


def failures_in(name: str, status: RunStatus) -> list[tuple[str, str]]:
    """Give the first causes of a stage's failures: a title, and the author's own traceback."""
    found = []
    for cause in status.causes[:SHOWN_CAUSES]:
        if not cause.partitions:
            continue
        message = message_of(cause.example)
        title = f"{name}: {counted(cause.partitions, 'partition')} failed, {inputs_in_words(cause)}"
        text = cause.example["traceback"].rstrip() or f"{cause.error_type}: {message}"
        found.append((title, text))
    return found


def failures_of(run_dir: str | Path) -> tuple[tuple[str, str], ...]:
    """Give the first causes of the failures of all stages; stages come after those that they need."""
    return tuple(each for name, status in stage_statuses(run_dir) for each in failures_in(name, status))
