"""Displays as plain text: what the command line prints, and what a notebook shows where there is no HTML.

Each function gives lines joined by newlines, none at the end, and no line is wider than ``width`` columns
(100 unless said otherwise). The traceback of an exception is the user's own and is never cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.panel.columns import (
    WIDTH,
    clip,
    columns_of,
    named_values,
    pad,
    printable,
    table,
    wrapped,
)
from jupyter_agilab.panel.contract_rows import contract_rows
from jupyter_agilab.panel.estimate_text import estimate_text
from jupyter_agilab.panel.failures_text import exception_text
from jupyter_agilab.panel.figures import counted, duration, size
from jupyter_agilab.panel.plan_text import partitions_text, plan_header, worker_map
from jupyter_agilab.panel.sample_text import sample_lines

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import Contract
    from jupyter_agilab.extract.extraction import Becomes, Capture
    from jupyter_agilab.planning.plan import Plan
    from jupyter_agilab.result import StageResult
    from jupyter_agilab.run.tried import TrialReport

_PREVIEW_LINES = 8
_RESULTS = {0: "no results", 1: "one result", 2: "two results"}

BECOMES: dict[Becomes, str] = {
    "partition": "the partition",
    "sweep": "swept value",
    "element": "one element",
    "seed": "the seed",
    "rng": "random numbers",
    "import": "import",
    "function": "copied function",
    "class": "copied class",
    "parameter": "parameter",
    "constant": "constant",
    "shared": "shared file",
    "refused": "REFUSED",
}
"""What a capture becomes, in words."""

STATES = {
    "submitted": "starting",
    "running": "running",
    "reducing": "merging",
    "finished": "finished",
    "partial": "partial",
    "failed": "failed",
    "stopped": "stopped",
    "interrupted": "interrupted",
}
"""The state of a run, in words."""


def findings_text(findings: Iterable[Finding], width: int | None = None) -> str:
    """Give findings in the order they come, each with its place, message and hint."""
    width = width or WIDTH
    lines: list[str] = []
    for finding in findings:
        lines += wrapped(str(replace(finding, hint="")), width, hanging="    ")
        lines += hint_lines(finding.hint, width)
    return "\n".join(lines)


def hint_lines(hint: str, width: int | None = None) -> list[str]:
    """Give a hint as indented lines; none where it is empty."""
    return wrapped(f"hint: {hint}", width or WIDTH, indent="    ", hanging="    ") if hint else []


def findings_count(findings: Iterable[Finding]) -> str:
    """Count findings by severity: ``2 errors, 1 warning``; ``nothing found`` where there are none."""
    numbers = {"error": 0, "warning": 0, "info": 0}
    for finding in findings:
        numbers[finding.severity] += 1
    names = {"error": "error", "warning": "warning", "info": "note"}
    return ", ".join(counted(numbers[key], names[key]) for key in numbers if numbers[key]) or "nothing found"


def contract_text_view(contract: Contract, width: int | None = None) -> str:
    """Give a contract: its function, split rule and reducer, then everything else that it declares."""
    width = width or WIDTH
    pairs = [(name, text) for name, text in contract_rows(contract) if text]
    return "\n".join([clip(f"contract of {printable(contract.name)}", width), *named_values(pairs, width)])


def captures_text(captures: Iterable[Capture], width: int | None = None) -> str:
    """Give each name from outside the cell with what became of it and why."""
    width = width or WIDTH
    captures = tuple(captures)
    if not captures:
        return "the cell reads no names from outside"
    rows = [(item.name, BECOMES[item.becomes], _capture_place(item)) for item in captures]
    starts = table(rows, width=width, flexible={0: "left"})
    margin = max(map(columns_of, starts)) + 2
    if margin > width // 2:
        margin = 6
    lines: list[str] = []
    for start, item in zip(starts, captures, strict=True):
        if margin > columns_of(start):
            lines += wrapped(item.explanation, width, indent=pad(start, margin), hanging=" " * margin)
        else:
            lines += [start, *wrapped(item.explanation, width, indent=" " * margin)]
    return "\n".join(lines)


def _capture_place(capture: Capture) -> str:
    if capture.line is not None:
        return f"line {capture.line}"
    return f"for {capture.via}" if capture.via else ""


def plan_text(
    plan: Plan, width: int | None = None, rows: int = 10, *, backend: str = "", contract: str = ""
) -> str:
    """Give a plan: what it came to, its findings, the worker map, the first and last partitions.

    Parameters
    ----------
    rows
        Partitions that are listed; the others are counted. 0 lists none.
    backend
        The contract's back end, for the run-time line.
    contract
        What a check of the contract said, for its line (``OK``).
    """
    width = width or WIDTH
    blocks = [plan_header(plan, width, backend=backend, contract=contract)]
    if plan.estimate is not None:
        blocks.append(estimate_text(plan.estimate, width))
    if plan.findings:
        blocks.append(findings_text(plan.findings, width))
    if plan.partition_count:
        blocks.append(worker_map(plan, width))
    if plan.partition_count and rows:
        blocks.append(partitions_text(plan, width, rows))
    return "\n\n".join(blocks)


def trial_text(report: TrialReport, width: int | None = None) -> str:
    """Give what one partition did: times, memory, result, what the reducer makes of it, or the exception."""
    width = width or WIDTH
    verdict = "good" if report.ok else "not good"
    title = f"trial of {printable(report.stage)}, {printable(report.described)}: {verdict}"
    pairs = [
        ("function", f"{duration(report.seconds)}, peak memory {size(report.peak_memory_bytes)}"),
        ("loading", duration(report.load_seconds)),
    ]
    if report.failure is None:
        pairs.append(("result", f"{counted(report.records, 'record')}, {size(report.size_bytes)}"))
    for tried in report.sizes:
        took = f"{duration(tried.seconds)}, peak memory {size(tried.memory_bytes)}"
        pairs.append((f"partition {tried.index:,}", f"{took}, result {size(tried.size_bytes)}"))
    for case in report.reducer:
        said = f"good, {counted(case.records, 'record')}" if case.ok else f"not good: {case.error}"
        pairs.append((f"reducer on {_RESULTS[case.count]}", said))
    lines = [*wrapped(title, width, hanging="    "), *named_values(pairs, width)]
    for name, text in (("result", report.preview), ("printed", report.output)):
        if text:
            lines += ["", f"{name}:", *_beginning(text, width)]
    if (failed := report.failure) is not None:
        lines += ["", exception_text(failed.traceback, failed.error_type, failed.message)]
    # the same mistake is not shown for each number of results
    for traceback in [case.traceback for case in report.reducer if case.traceback][:1]:
        lines += ["", printable(traceback.rstrip(), keep="\n\t")]
    return "\n".join(lines)


def _beginning(text: str, width: int) -> list[str]:
    parts = text.rstrip("\n").split("\n")
    lines = [clip("  " + printable(part.replace("\t", "    ")), width) for part in parts[:_PREVIEW_LINES]]
    if len(parts) > _PREVIEW_LINES:
        lines.append(f"  ... {counted(len(parts) - _PREVIEW_LINES, 'more line')}")
    return lines


def result_text(result: StageResult, width: int | None = None, rows: int = 5) -> str:
    """Give a result: where it is, its columns, and its first records."""
    width = width or WIDTH
    partitions = counted(result.partitions, "partition")
    if result.reused:
        partitions += f", {result.reused:,} of them from earlier runs"
    title = f"{printable(result.stage)}: {counted(result.records_count, 'record')}, {size(result.size_bytes)}"
    schema, sample = _looked_into(result, rows)
    pairs = [
        ("artifact", str(result.path)),
        ("run", f"{result.run_id}: {partitions}, {duration(result.seconds)}"),
        ("columns", ", ".join(f"{name} ({kind})" if kind else name for name, kind in schema)),
    ]
    lines = [clip(title, width), *named_values(pairs, width)]
    if sample:
        lines += ["", *sample_lines(sample, width)]
        if result.records_count > len(sample):
            lines.append(f"  ... {counted(result.records_count - len(sample), 'more record')}")
    return "\n".join(lines)


def _looked_into(result: StageResult, rows: int) -> tuple[list[tuple[str, str]], list[Any]]:
    try:
        return result.schema(), result.sample(rows)
    except (OSError, ValueError, AgilabError):
        # it was moved or written over since; the other lines still hold
        return [(name, "") for name in result.columns], []
