"""The partitions that took most: time, memory, room."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from jupyter_agilab.panel.figures import percent, size
from jupyter_agilab.panel.markup import Markup, code, element, facts, joined, table
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.panel.report.times import fine
from jupyter_agilab.run.story.measured import Measured
from jupyter_agilab.run.story.story import RunStory

_SHOWN = 8
_TIMES_USUAL = 1.5


def part(story: RunStory) -> Part | None:
    """List the slowest partitions, those with the largest results, and those that took most memory."""
    measured = story.measured
    done = story.figures.done
    if not done:
        return None
    slowest = measured.largest(measured.seconds, _SHOWN)
    largest = _standing_out(measured, measured.size_bytes)
    hungry = _standing_out(measured, measured.memory_bytes)
    names = story.names([*slowest, *largest, *hungry])
    total_s = story.figures.work_s
    parts = [
        _spread(measured),
        _table(
            "Slowest",
            ["#", "Partition", "Time", "CPU", "Of all work"],
            slowest,
            names,
            lambda at: [
                fine(measured.seconds[at]),
                fine(measured.cpu_s[at]) if measured.cpu_s[at] else "",
                percent(measured.seconds[at], total_s),
            ],
        ),
        _table(
            "Largest results",
            ["#", "Partition", "Stored", "Records"],
            largest,
            names,
            lambda at: [size(measured.size_bytes[at]), f"{measured.records[at]:,}"],
        ),
        _table(
            "Most memory",
            ["#", "Partition", "Peak of its worker"],
            hungry,
            names,
            lambda at: [size(measured.memory_bytes[at])],
        ),
    ]
    first, *tables = parts
    body = joined([first, element("div", *tables, class_="columns")])
    return Part(id="standouts", title="Slowest and largest", body=body)


def _standing_out(measured: Measured, column: Sequence[int]) -> list[int]:
    """Give the largest where they differ from what is usual; a list of equals says nothing."""
    found = measured.largest(column, _SHOWN)
    if not found:
        return []
    usual = statistics.median(column[index] for index in measured.done_here())
    return [index for index in found if column[index] >= _TIMES_USUAL * usual]


def _spread(measured: Measured) -> Markup:
    seconds = sorted(measured.seconds[index] for index in measured.done_here())

    def at(share: float) -> str:
        return fine(seconds[min(len(seconds) - 1, int(share * len(seconds)))])

    return facts(
        [
            ("fastest", fine(seconds[0])),
            ("median", at(0.5)),
            ("90 % took at most", at(0.9)),
            ("99 % took at most", at(0.99)),
            ("slowest", fine(seconds[-1])),
        ]
    )


def _table(
    caption: str,
    head: list[str],
    indexes: Sequence[int],
    names: dict[int, str],
    cells: Callable[[int], list[str]],
) -> Markup | None:
    if not indexes:
        return None
    rows: list[list[object]] = [[f"{at:,}", code(names.get(at, "")), *cells(at)] for at in indexes]
    return table(caption, head, rows, numbers=(0, *range(2, len(head))))
