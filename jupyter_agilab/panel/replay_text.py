"""A replay as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_agilab.panel.columns import WIDTH, named_values, printable, wrapped
from jupyter_agilab.panel.failures_text import exception_text
from jupyter_agilab.panel.figures import counted, duration, size

if TYPE_CHECKING:
    from jupyter_agilab.run.replay_process import ReplayReport

_RUN_CHARACTERS = 300


def replay_text(report: ReplayReport, width: int | None = None, *, with_traceback: bool = True) -> str:
    """Give what a partition did when it was run again, and what it had done in the run."""
    width = width or WIDTH
    verdict = "good" if report.ok else "it failed"
    code = ", with the present code" if report.is_current else ""
    title = (
        f"replay of partition {report.index:,} ({printable(report.described)}) of run {report.run_id} "
        f"of {printable(report.stage)}{code}: {verdict}"
    )
    before = report.before.partition("\n")[0]
    if len(before) > _RUN_CHARACTERS:
        before = f"{before[:_RUN_CHARACTERS]}…"
    memory = f", peak memory {size(report.peak_memory_bytes)}" if report.peak_memory_bytes else ""
    pairs = [
        ("in the run", f"it failed: {before}" if before else "it did not fail"),
        ("function", f"{duration(report.seconds)}{memory}" if report.seconds else ""),
        ("loading", duration(report.load_seconds) if report.load_seconds else ""),
        ("result", f"{counted(report.records, 'record')}, {size(report.size_bytes)}" if report.ok else ""),
        ("not the same", "; ".join(report.differences)),
    ]
    lines = [*wrapped(title, width, hanging="    "), *named_values(pairs, width)]
    if report.preview:
        lines += ["", "result:", printable(report.preview, keep="\n\t")]
    if report.failure is not None and with_traceback:
        failure = report.failure
        lines += ["", exception_text(failure.traceback, failure.error_type, failure.message)]
    return "\n".join(lines)
