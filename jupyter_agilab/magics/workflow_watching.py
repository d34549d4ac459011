"""A workflow watched from a notebook: shown in place, let go by an interrupt, its results left by name."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.errors import AgilabError, RunFailedError, RunNotFoundError
from jupyter_agilab.magics.plainly import Interrupted
from jupyter_agilab.magics.run_words import shown_path
from jupyter_agilab.magics.session import Session
from jupyter_agilab.panel.front_end import has_front_end
from jupyter_agilab.panel.live import LiveView
from jupyter_agilab.panel.workflow.lines import WorkflowLines, run_with_lines
from jupyter_agilab.panel.workflow.stages import failures_of, stage_statuses
from jupyter_agilab.panel.workflow.text import workflow_line
from jupyter_agilab.panel.workflow.view import WorkflowView
from jupyter_agilab.panel.workflow.words import ENDED
from jupyter_agilab.run.layout import RunDirectory

if TYPE_CHECKING:
    from jupyter_agilab.panel.widgets.workflow_panel import WorkflowPanel
    from jupyter_agilab.workflow.running.settings import WorkflowSettings
    from jupyter_agilab.workflow.running.status import WorkflowStatus
    from jupyter_agilab.workflow.running.watch import WorkflowWatch

_ENDED_AS = {
    "failed": "failed",
    "partial": "has only a part of its results",
    "stopped": "was stopped",
    "interrupted": "was interrupted",
}


def newest_watch(path: Path) -> WorkflowWatch | None:
    """Give a watch on the newest run of a workflow; None where there is none."""
    from jupyter_agilab.workflows import attach_workflow

    try:
        return attach_workflow(path)
    except RunNotFoundError:
        return None


def status_view(path: Path, status: WorkflowStatus, after: str = "") -> WorkflowView:
    """Give the display of a run, with the causes of failures once it has ended."""
    told = status.to_json()
    has_ended = told["state"] in ENDED
    return WorkflowView(
        told,
        failures=failures_of(status.run_dir) if has_ended and told["state"] != "finished" else (),
        after=after or next_step(path, told),
        place=shown_path(status.run_dir),
    )


def report_view(path: Path, watch: WorkflowWatch) -> WorkflowView:
    """Write the page about a run beside the workflow's file, and give the display that names it."""
    from jupyter_agilab.panel.report.workflow_page import workflow_report

    told = watch.refresh().to_json()
    written = workflow_report(watch.directory, path.with_name(f"{told['name']}.report.html"))
    return WorkflowView(
        told, after=f"Report: `{shown_path(written)}`", place=shown_path(watch.directory.path)
    )


def next_step(path: Path, told: dict[str, Any]) -> str:
    """Say what can be done about a run as it stands."""
    name = told["name"]
    state = told["state"]
    if state == "planned":
        return f"`%parallel_workflow {name} --run` runs it."
    if state not in ENDED:
        return f"It goes on by itself. `%parallel_workflow {name} --stop` ends it."
    if state == "finished":
        return ""
    return (
        "Correct what failed and run again: `%parallel_workflow "
        f"{name} --run` does only what has no result yet."
    )


def show_workflow(session: Session, path: Path, flags: tuple[str, ...], *, with_run: bool) -> None:
    """Show a workflow as it stands: with the live graph where there is a front end."""
    from jupyter_agilab.workflows import check_workflow, workflow_graph

    watch = newest_watch(path) if with_run else None
    if watch is not None:
        view = status_view(path, watch.refresh())
    else:
        told = workflow_graph(path, plan=_plan_or_none(path, flags))
        findings = check_workflow(path).findings
        view = WorkflowView(told, findings, after=next_step(path, told), place=shown_path(path))
    if not has_front_end(session.shell) or _panel(session, path, view, watch, flags) is None:
        session.display(view)


def watch_workflow(session: Session, path: Path, watch: WorkflowWatch, *, waits: bool) -> None:
    """Show a run until it has ended, and leave the results of its stages under their names.

    Raises
    ------
    RunFailedError
        It did not finish; the display has the tracebacks.
    Interrupted
        The reader pressed Stop; the run goes on.
    """
    from jupyter_agilab.workflow.running.watch import WorkflowWatch

    first = status_view(path, watch.refresh())
    panel = None
    if has_front_end(session.shell):
        # the one that waits and the panel look from different threads
        own = WorkflowWatch(watch.directory) if waits else watch
        panel = _panel(session, path, first, own, ())
    if not waits:
        if panel is None:
            session.display(first)
        return
    live = LiveView(session.shell)
    lines: WorkflowLines | None = None
    if panel is None and not sys.stdout.isatty():
        # nobody looks now: what is read later should say what happened, and when
        lines = WorkflowLines(RunDirectory(Path(watch.status.run_dir)), session.say)

    def show(status: WorkflowStatus) -> None:
        if lines is not None:
            lines.poll()
        elif panel is None:
            live.show_state(
                status_view(path, status),
                ended=status.has_ended,
                line=lambda: workflow_line(status.to_json()),
            )

    try:
        status = watch.wait(show)
    except KeyboardInterrupt:
        name = watch.status.name
        said = (
            f"The run of {name} goes on without this cell. Watch it again with `%parallel_workflow {name}`, "
            f"end it with `%parallel_workflow {name} --stop`."
        )
        last = status_view(path, watch.status, said)
        live.close(last) if panel is None else panel.twin.show(last)
        raise Interrupted(said.replace("`", "")) from None
    if lines is not None:
        lines.close()
    last = status_view(path, status)
    live.close(last) if panel is None else panel.twin.show(last)
    finish(session, status)


def finish(session: Session, status: WorkflowStatus) -> None:
    """Leave the results of the stages, and fail where the run did not finish."""
    leave_results(session, status.run_dir)
    told = status.to_json()
    if told["state"] == "finished":
        return
    state = told["state"]
    raise RunFailedError(
        f"the workflow {told['name']} {_ENDED_AS.get(state, state)}"
        + (f": {told['message']}" if told.get("message") else ""),
        hint="finished partitions are kept: run it again to go on",
    )


def leave_results(session: Session, run_dir: str) -> None:
    """Put the results of the stages that have one into the notebook, each under its stage's name."""
    from jupyter_agilab import api

    for _, status in stage_statuses(run_dir):
        # a stage that finished in part has an artifact that lacks something, and no result
        with suppress(AgilabError):
            session.leave(status.stage, api.result_of_status(status))


def run_in_lines(
    session: Session,
    path: Path,
    settings: WorkflowSettings,
    *,
    logs: str | None,
    lines: bool,
    told: bool,
) -> None:
    """Run a workflow and tell about it as lines, as JSON at its end, or with a file for each task.

    Raises
    ------
    RunFailedError
        As `watch_workflow`.
    """
    write = session.say if lines or not told else lambda line: None
    status = run_with_lines(path, settings, write=write, logs=Path(logs) if logs else None)
    if told:
        session.say(json.dumps(status.to_json(), indent=2, ensure_ascii=False))
    finish(session, status)


def _plan_or_none(path: Path, flags: tuple[str, ...]) -> Any:
    from jupyter_agilab.workflows import plan_workflow

    with suppress(AgilabError, OSError):
        return plan_workflow(path, flags=flags)
    return None


def _panel(
    session: Session, path: Path, view: WorkflowView, watch: WorkflowWatch | None, flags: tuple[str, ...]
) -> WorkflowPanel | None:
    """Show the live graph; where that goes wrong, the static display is there and the cell goes on."""
    try:
        from jupyter_agilab.panel.widgets.shown import show_workflow_panel

        panel: WorkflowPanel = show_workflow_panel(
            session.shell,
            path,
            view=view,
            watch=watch,
            flags=flags,
            picture=lambda status: status_view(path, status),
            leave=lambda status: leave_results(session, status.run_dir),
        )
        return panel
    except Exception as error:  # noqa: BLE001  # a workflow must not fail because it cannot be watched
        session.say(f"the live graph cannot be shown here: {type(error).__name__}: {error}")
        return None
