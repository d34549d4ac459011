"""Failures of a run: the first causes with the author's own traceback, the rest counted."""

from __future__ import annotations

from jupyter_agilab.panel.failures_text import cause_notes
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.markup import Markup, code, details, element, joined
from jupyter_agilab.run.causes import SHOWN_CAUSES, Cause, inputs_in_words, message_of, rest_of
from jupyter_agilab.run.watch import RunStatus


def failures_html(status: RunStatus) -> Markup | None:
    """Give the first causes of failed partitions, and count the others; None where nothing has failed."""
    if not status.failed:
        return None
    items = [_cause(cause, is_open=at == 0) for at, cause in enumerate(status.causes[:SHOWN_CAUSES])]
    rest = rest_of(status.causes)
    if rest:
        items.append(element("li", rest, class_="ag-bad"))
    title = f"{counted(status.failed, 'partition')} failed"
    if len(status.causes) > 1:
        title += f", of {len(status.causes):,} causes"
    return element("div", element("strong", title), element("ul", *items))


def _cause(cause: Cause, *, is_open: bool) -> Markup:
    message = message_of(cause.example)
    told = cause.example["traceback"].rstrip() or f"{cause.error_type}: {message}"
    place = joined([cause.where, ": ", code(cause.source_line)]) if cause.source_line else cause.where
    return element(
        "li",
        element("strong", f"{cause.error_type}: "),
        message,
        element("div", place) if cause.where else None,
        element("div", inputs_in_words(cause), class_="ag-soft"),
        *(element("div", note, class_="ag-soft") for note in cause_notes(cause)),
        details(
            f"Traceback of partition {cause.example['index']:,}",
            element("pre", told, tabindex="0"),
            is_open=is_open,
        ),
        class_="ag-bad",
    )
