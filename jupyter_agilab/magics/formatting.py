"""How our objects look as a cell's value: registered by name, so that nothing heavy is imported for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell

if TYPE_CHECKING:
    from jupyter_agilab.panel.view import View


def _result(value: Any) -> View:
    from jupyter_agilab.panel.result_view import ResultView

    return ResultView(value)


def _plan(value: Any) -> View:
    from jupyter_agilab.panel.plan_view import PlanView

    return PlanView(value)


def _trial(value: Any) -> View:
    from jupyter_agilab.panel.trial_view import TrialView

    return TrialView(value)


def _explanation(value: Any) -> View:
    from jupyter_agilab.panel.explain_view import ExplainView

    return ExplainView(value)


def _status(value: Any) -> View:
    from jupyter_agilab.panel.run_view import RunView

    return RunView(value)


VIEWS: tuple[tuple[str, str, Callable[[Any], View]], ...] = (
    ("jupyter_agilab.result", "StageResult", _result),
    ("jupyter_agilab.planning.plan", "Plan", _plan),
    ("jupyter_agilab.run.tried", "TrialReport", _trial),
    ("jupyter_agilab.run.reasons", "Explanation", _explanation),
    ("jupyter_agilab.run.watch", "RunStatus", _status),
)
"""Module and class of what has a display, and its view."""


def register_formats(shell: InteractiveShell, show_result: Callable[[Any], None]) -> None:
    """Show our objects as their views, as text and as HTML.

    Parameters
    ----------
    show_result
        Called with a result that is about to be shown, and shows what belongs above it.
    """
    formatters = shell.display_formatter.formatters

    def above(value: Any, **_: Any) -> dict[str, Any]:
        show_result(value)
        return {}

    shell.display_formatter.mimebundle_formatter.for_type_by_name(*_RESULT, above)
    for module, name, view in VIEWS:
        formatters["text/html"].for_type_by_name(module, name, _html_of(view))
        formatters["text/plain"].for_type_by_name(module, name, _text_of(view))


def forget_formats(shell: InteractiveShell) -> None:
    """Take the registrations back."""
    shell.display_formatter.mimebundle_formatter.pop(".".join(_RESULT), None)
    for kind in ("text/html", "text/plain"):
        for module, name, _ in VIEWS:
            shell.display_formatter.formatters[kind].pop(f"{module}.{name}", None)


_RESULT = ("jupyter_agilab.result", "StageResult")


def _html_of(view: Callable[[Any], View]) -> Callable[[Any], str]:
    return lambda value: str(view(value).html())


def _text_of(view: Callable[[Any], View]) -> Callable[[Any, Any, bool], None]:
    def write(value: Any, printer: Any, cycle: bool) -> None:
        printer.text("..." if cycle else view(value).text())

    return write
