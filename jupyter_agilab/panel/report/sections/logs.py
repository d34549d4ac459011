"""What partitions printed: the ends of the failed ones' output, and of the noisiest."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_agilab.panel.figures import counted, size
from jupyter_agilab.panel.markup import Markup, code, details, element, joined
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.run.story.story import RunStory
from jupyter_agilab.run.story.tails import LogTail


def part(story: RunStory) -> Part | None:
    """Give the tails; None where nobody printed anything."""
    logs = story.logs
    if not logs.size_bytes:
        return None
    names = story.names(tail.index for tail in (*logs.failed, *logs.noisiest))
    said = (
        f"{counted(logs.partitions, 'partition')} printed something, {size(logs.size_bytes)} in all. "
        "Read all of it with "
    )
    parts = [
        element("p", said, code(f"jupyter agilab logs {story.run.run_id}"), "."),
        *_tails("Of failed partitions", logs.failed, names, opened=1),
        *_tails("Of those that printed most", logs.noisiest, names, opened=0 if logs.failed else 1),
    ]
    return Part(id="logs", title="Logs", body=joined(parts), count=f"{logs.partitions:,}")


def _tails(title: str, tails: Iterable[LogTail], names: dict[int, str], opened: int) -> list[Markup]:
    shown = [_tail(tail, names.get(tail.index, ""), is_open=at < opened) for at, tail in enumerate(tails)]
    return [element("h3", title), *shown] if shown else []


def _tail(tail: LogTail, name: str, *, is_open: bool) -> Markup:
    again = f", attempt {tail.attempt}" if tail.attempt > 1 else ""
    told = f"the last lines of {size(tail.size_bytes)}" if tail.is_cut else size(tail.size_bytes)
    # errors are marked by more than their colour
    lines = [
        element("span", text or " ", class_="line err" if stream == "stderr" else "line")
        for stream, text in tail.lines
    ]
    return details(
        joined([f"Partition {tail.index:,}{again}: ", code(name), f" ({told})"]),
        element("pre", *lines, tabindex="0", role="region", aria_label=f"Output of partition {tail.index:,}"),
        is_open=is_open,
    )
