"""All widgets of a panel: those inside it, and the layouts and styles that belong to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ipywidgets


def widgets_of(*roots: Any) -> Iterator[Any]:
    """Give the widgets and whatever belongs to them, each once."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        widget = waiting.pop()
        if id(widget) in seen or not isinstance(widget, ipywidgets.Widget):
            continue
        seen.add(id(widget))
        yield widget
        for name in widget.keys:
            value = getattr(widget, name, None)
            if isinstance(value, ipywidgets.Widget):
                waiting.append(value)
            elif isinstance(value, tuple | list) and value and isinstance(value[0], ipywidgets.Widget):
                waiting += value


def close_all(*roots: Any) -> None:
    """Close them, with their connections to the browser."""
    for widget in list(widgets_of(*roots)):
        widget.close()


def follow_front_end(*roots: Any) -> None:
    """Let the messages of widgets run where the front end wants them to run.

    A front end may ask for a subshell of the kernel, so that a click is handled while a cell runs. ipykernel
    7.4 sends a message to the shell that published on its comm last instead: for a widget made in a cell that
    is the main one, which is busy then (``BaseComm._reply_subshell_for``). 7.1 to 7.3 need nothing. Versions
    6 and 7.0 cannot do it, there a click waits for the end of the cell.
    """
    for widget in widgets_of(*roots):
        if hasattr(widget.comm, "_reply_subshell_for"):
            widget.comm._reply_subshell_for = _as_asked


def _as_asked(_data: Any, default: Any) -> Any:
    return default
