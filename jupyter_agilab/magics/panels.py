"""The live panel from a magic: where a front end can show it, with the static display for all others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.magics.session import Session
from jupyter_agilab.panel.front_end import has_front_end

if TYPE_CHECKING:
    from jupyter_agilab.panel.view import View
    from jupyter_agilab.panel.widgets.section import PanelState
    from jupyter_agilab.panel.widgets.stage_panel import StagePanel
    from jupyter_agilab.result import StageResult
    from jupyter_agilab.run.watch import RunStatus, RunWatch
    from jupyter_agilab.stages import StageDraft, WrittenStage


def show_plan(session: Session, path: Path, view: View) -> None:
    """Show a plan, with the panel where there is a front end."""
    if not has_front_end(session.shell):
        session.display(view)
        return
    from jupyter_agilab.panel.plan_view import PlanView

    def picture(state: PanelState) -> View:
        return PlanView(state.plan, state.contract.backend) if state.plan and state.contract else view

    panel = _open(session, path, view=view, section="split")
    if panel is None:
        session.display(view)
    else:
        panel.planned_picture = picture


def show_stage(
    session: Session,
    view: View,
    draft: StageDraft,
    written: WrittenStage,
    again: Callable[[frozenset[str]], StageDraft],
) -> None:
    """Show a stage that was written, with the panel where there is a front end.

    A stage that others feed has nothing to plan or to try by itself: its workflow's display is the live one.
    """
    is_fed = draft.joined is not None and bool(draft.joined.stage.inputs)
    if is_fed or not has_front_end(session.shell):
        session.display(view)
        return
    from jupyter_agilab.panel.stage_view import StageView

    def picture(state: PanelState) -> View:
        if state.draft is None or state.contract is None:
            return view
        now = replace(
            state.draft, contract=state.contract, plan=state.plan, contract_text=state.contract_text
        )
        return StageView(now, written)

    panel = _open(session, written.contract_path, view=view, draft=draft, again=again)
    if panel is None:
        session.display(view)
    else:
        panel.planned_picture = picture


def show_run(session: Session, watch: RunWatch, view: View, *, waits: bool) -> StagePanel | None:
    """Show a run with the panel where there is a front end; None where there is none, and nothing was shown.

    Parameters
    ----------
    waits
        Whether the magic waits for the end, and leaves the result itself.
    """
    if not has_front_end(session.shell):
        return None
    path = contract_of(watch)
    if path is None:
        return None
    from jupyter_agilab.run.layout import RunDirectory
    from jupyter_agilab.run.watch import RunWatch as Watch

    # the one that waits and the panel look from different threads
    own = Watch(RunDirectory(Path(watch.status.run_dir)))
    panel = _panel_of(session, path)
    if panel is None:
        panel = _open(session, path, view=view, section="scale", watch=own)
        if panel is None:
            return None
    else:
        panel.run_twin.show(view)
        panel.post(partial(panel.jobs.attach, own, show=True))
        panel.post(partial(panel.open_section, "scale"))
    panel.is_waited_for = waits
    return panel


def show_result(session: Session, result: StageResult) -> None:
    """Show the run of a result in the panel, where there is a front end; the result is shown below it."""
    if not has_front_end(session.shell):
        return
    from jupyter_agilab.run.layout import RunDirectory
    from jupyter_agilab.run.watch import RunWatch as Watch

    watch = Watch(RunDirectory(result.run_dir))
    path = contract_of(watch)
    if path is not None and _panel_of(session, path) is None:
        _open(session, path, section="scale", watch=watch)


def contract_of(watch: RunWatch) -> Path | None:
    """Give the contract that a run is of; None where it is gone."""
    from jupyter_agilab.run.layout import RunDirectory
    from jupyter_agilab.run.manifest import read_manifest

    manifest = read_manifest(RunDirectory(Path(watch.status.run_dir))) or {}
    told = (manifest.get("contract") or {}).get("path")
    path = Path(told) if isinstance(told, str) else None
    return path if path is not None and path.is_file() else None


def _panel_of(session: Session, path: Path) -> StagePanel | None:
    from jupyter_agilab.panel.widgets.shown import panel_of_request

    return panel_of_request(session.shell, path)


def _open(session: Session, path: Path, *, view: View | None = None, **options: Any) -> StagePanel | None:
    """Open a panel; where that goes wrong, the static display is there and the cell goes on."""
    try:
        from jupyter_agilab.panel.widgets.shown import show_panel

        return show_panel(
            session.shell, path, view=view, picture=_run_picture(), leave=_leaving(session), **options
        )
    except Exception as error:  # noqa: BLE001  # a stage must not fail because it cannot be watched
        session.say(f"the live panel cannot be shown here: {type(error).__name__}: {error}")
        return None


def _run_picture() -> Callable[[RunStatus], View]:
    from jupyter_agilab.magics.run_words import after, shown_path
    from jupyter_agilab.panel.run_view import RunView

    return lambda status: RunView(status, shown_path(status.run_dir), after(status))


def _leaving(session: Session) -> Callable[[RunStatus], None]:
    """Give what leaves the result of a run that nobody waited for under the stage's name."""
    from jupyter_agilab import api

    def leave(status: RunStatus) -> None:
        session.leave(status.stage, api.result_of_status(status))

    return leave
