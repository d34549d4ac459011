"""Failed partitions by cause, each with the author's own traceback and the inputs."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.markup import Markup, badge, code, details, element, joined, prose, table
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.run.causes import Cause
from jupyter_agilab.run.story.story import RunStory

_SHOWN_CAUSES = 40
_OPEN_CAUSES = 3
KINDS = {
    "raised": "raised an error",
    "died": "ended its worker",
    "timeout": "took too long",
    "memory": "took too much memory",
}
"""How a partition failed, in words."""


def part(story: RunStory) -> Part | None:
    """Give the causes, those of most partitions first; what went well in the end comes last."""
    causes, passing = story.status.causes, story.passing
    if not causes and not passing:
        return None
    shown = causes[:_SHOWN_CAUSES]
    parts: list[Markup | None] = []
    if causes:
        failed = sum(cause.partitions for cause in causes)
        parts.append(
            element(
                "p",
                f"{counted(failed, 'partition')} failed for {counted(len(causes), 'cause')}. ",
                prose(_next(story)),
            )
        )
    parts += [_cause(cause, is_open=at < _OPEN_CAUSES) for at, cause in enumerate(shown)]
    more = len(causes) - len(shown)
    if more > 0:
        parts.append(element("p", f"… and {counted(more, 'more cause')}", class_="soft"))
    if passing:
        parts += [
            element("h3", "Failed at first, and went well or was still to be tried again"),
            _passing(passing),
        ]
    count = f"{story.status.failed:,}" if story.status.failed else ""
    return Part(id="failures", title="Failed partitions", body=joined(parts), count=count)


def _next(story: RunStory) -> str:
    if not story.status.ended:
        return "The run goes on."
    return "Correct the function or its input and run again: finished partitions are not run twice."


def _cause(cause: Cause, *, is_open: bool) -> Markup:
    example = cause.example
    first = cause.message.partition("\n")[0]
    traceback = str(example.get("traceback") or "").rstrip()
    attempts = cause.attempts - cause.partitions
    return element(
        "article",
        element("h3", cause.error_type, ": " if first else None, _clipped(first)),
        element(
            "p",
            badge(counted(cause.partitions, "partition"), "bad"),
            f" {KINDS.get(cause.kind, cause.kind)}",
            joined([" at ", element("strong", cause.where)]) if cause.where else None,
            f"; {counted(attempts, 'more attempt')} failed the same way" if attempts > 0 else None,
        ),
        element("pre", code(cause.source_line.strip()))
        if cause.source_line.strip() and not traceback
        else None,
        element("p", "The messages differ in details; this is the first.", class_="soft small")
        if not cause.is_one_message
        else None,
        details(
            f"Traceback of partition {example.get('index', 0):,}",
            element(
                "pre", traceback, tabindex="0", role="region", aria_label=f"Traceback, {cause.error_type}"
            ),
            is_open=is_open,
        )
        if traceback
        else None,
        _inputs(cause),
        class_="cause",
    )


def _inputs(cause: Cause) -> Markup | None:
    if not cause.inputs:
        return None
    rows = [[f"{each['index']:,}", code(each["described"]), code(each["partition"])] for each in cause.inputs]
    more = cause.partitions - len(rows)
    note = element("p", f"… and {counted(more, 'more partition')}", class_="soft small") if more > 0 else None
    return joined([table("Inputs", ["#", "Partition", "Id"], rows, numbers=(0,)), note])


def _passing(causes: Sequence[Cause]) -> Markup:
    rows = [
        [cause.error_type, _clipped(cause.message.partition("\n")[0]), f"{cause.attempts:,}"]
        for cause in causes[:_SHOWN_CAUSES]
    ]
    return table(
        "Attempts that failed",
        ["Error", "Message", "Attempts"],
        rows,
        numbers=(2,),
        row_heads=True,
        caption_shown=False,
    )


def _clipped(text: str) -> str:
    return text if len(text) <= 300 else text[:299] + "…"
