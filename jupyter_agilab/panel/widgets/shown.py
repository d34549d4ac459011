"""The panels that are open in this kernel: one for a cell, and not too many in all."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.panel.front_end import cell_of_request
from jupyter_agilab.panel.view import View
from jupyter_agilab.panel.widgets.stage_panel import StagePanel
from jupyter_agilab.run.watch import RunStatus, RunWatch

if TYPE_CHECKING:
    from jupyter_agilab.panel.widgets.workflow_panel import WorkflowPanel
    from jupyter_agilab.stages import StageDraft
    from jupyter_agilab.workflow.running.status import WorkflowStatus
    from jupyter_agilab.workflow.running.watch import WorkflowWatch

_MOST_OPEN = 8

_open: dict[str, StagePanel | WorkflowPanel] = {}
_requests: dict[str, str] = {}
_lock = threading.RLock()


def show_panel(
    shell: Any,
    path: Path,
    *,
    view: View | None = None,
    section: str | None = None,
    draft: StageDraft | None = None,
    again: Callable[[frozenset[str]], StageDraft] | None = None,
    watch: RunWatch | None = None,
    picture: Callable[[RunStatus], View] | None = None,
    leave: Callable[[RunStatus], None] | None = None,
) -> StagePanel:
    """Show a panel in the output of the cell that runs now; one that this cell showed before is closed.

    Parameters
    ----------
    view
        The static picture above it, which is hidden while the panel is there.
    """
    key, request = _key(shell), _request(shell)
    _make_room(key)
    panel = StagePanel(
        path,
        f"agilab-twin-{os.urandom(6).hex()}",
        section=section,
        draft=draft,
        again=again,
        watch=watch,
        picture=picture,
        leave=leave,
    )
    if view is not None:
        (panel.twin if watch is None else panel.run_twin).show(view)
    panel.display()
    _keep(key, request, panel)
    return panel


def show_workflow_panel(
    shell: Any,
    path: Path,
    *,
    view: View,
    watch: WorkflowWatch | None = None,
    flags: tuple[str, ...] = (),
    picture: Callable[[WorkflowStatus], View] | None = None,
    leave: Callable[[WorkflowStatus], None] | None = None,
) -> WorkflowPanel:
    """Show the live graph of a workflow in the same way, with the static picture `view` above it."""
    from jupyter_agilab.panel.widgets.workflow_panel import WorkflowPanel

    key, request = _key(shell), _request(shell)
    _make_room(key)
    name = f"agilab-twin-{os.urandom(6).hex()}"
    panel = WorkflowPanel(path, name, watch=watch, flags=flags, picture=picture, leave=leave)
    panel.twin.show(view)
    panel.display()
    _keep(key, request, panel)
    return panel


def _keep(key: str, request: str, panel: StagePanel | WorkflowPanel) -> None:
    with _lock:
        _open[key] = panel
        _requests[key] = request


def _make_room(key: str) -> None:
    """Close what this cell showed before, and the oldest panels where there are too many."""
    with _lock:
        before = _open.pop(key, None)
        if before is not None:
            before.close()
        while len(_open) >= _MOST_OPEN:
            _open.pop(next(iter(_open))).close()


def panel_of_request(shell: Any, path: Path) -> StagePanel | None:
    """Give the panel of a contract that the running cell has shown; None where it has shown none."""
    key = _key(shell)
    with _lock:
        panel = _open.get(key)
        is_ours = _requests.get(key) == _request(shell)
    if is_ours and isinstance(panel, StagePanel) and panel.state.path == path.resolve():
        return panel
    return None


def open_panels() -> list[StagePanel | WorkflowPanel]:
    """Give the panels that are open, the oldest first."""
    with _lock:
        return list(_open.values())


def close_panels() -> None:
    """Close all panels; their static pictures stay."""
    with _lock:
        panels = list(_open.values())
        _open.clear()
        _requests.clear()
    for panel in panels:
        panel.close()


def _key(shell: Any) -> str:
    return cell_of_request(shell) or _request(shell)


def _request(shell: Any) -> str:
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent() if kernel is not None and hasattr(kernel, "get_parent") else {}
    header = parent.get("header") if isinstance(parent, dict) else None
    return str((header or {}).get("msg_id", ""))
