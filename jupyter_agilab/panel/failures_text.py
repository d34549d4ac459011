"""Failures of a run as plain text: the first causes in full, the rest counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_agilab.panel.columns import WIDTH, printable, wrapped
from jupyter_agilab.panel.figures import moment

if TYPE_CHECKING:
    from jupyter_agilab.run.causes import Cause
    from jupyter_agilab.run.watch import RunStatus


def failures_text(status: RunStatus, width: int | None = None) -> str:
    """Give the first causes of failed partitions, each with one traceback of the author's; count the rest."""
    from jupyter_agilab.run.causes import SHOWN_CAUSES, rest_of

    blocks = [_cause_text(cause, width or WIDTH) for cause in status.causes[:SHOWN_CAUSES]]
    return "\n\n".join(filter(None, [*blocks, rest_of(status.causes)]))


def _cause_text(cause: Cause, width: int) -> str:
    from jupyter_agilab.run.causes import message_of, title_of

    told = exception_text(cause.example["traceback"], cause.error_type, message_of(cause.example))
    lines = wrapped(f"{title_of(cause)}:", width, hanging="    ")
    lines += [f"    {line}" for line in cause_notes(cause)]
    return "\n".join([*lines, told])


def cause_notes(cause: Cause) -> list[str]:
    """Say what more is known of a cause: how often, when, and which partition its traceback is of."""
    if cause.partitions < 2:
        return []
    notes = []
    if cause.attempts > cause.partitions:
        notes.append(f"{cause.attempts:,} attempts failed")
    if cause.first:
        last = (
            moment(cause.last).rpartition(" ")[2] if cause.last - cause.first < 86_400 else moment(cause.last)
        )
        notes.append(f"from {moment(cause.first)} to {last}" if cause.last > cause.first else "")
    alike = "" if cause.is_one_message else ", the other messages are alike"
    notes.append(f"this is partition {cause.example['index']:,}{alike}")
    return ["; ".join(filter(None, notes))]


def exception_text(traceback: str, error_type: str, message: str) -> str:
    """Give a user's exception: its traceback, or type and message where there is none."""
    return printable(traceback.rstrip() or f"{error_type}: {message}", keep="\n\t")
