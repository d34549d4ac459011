"""What ran when: as a table, as text and as plain HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

_COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#edc948", "#b07aa1", "#9c755f")
_WIDTH = 60
_NAME = "width:9em;text-align:right;padding-right:6px;font-size:12px"
_LANE = "position:relative;flex:1;background:rgba(128,128,128,.12);margin-bottom:2px"
_BAR = (
    "position:absolute;top:1px;bottom:1px;color:#fff;font-size:11px;overflow:hidden;border-radius:2px;"
    "padding-left:2px;box-sizing:border-box"
)
_KEY = "display:inline-block;width:.8em;height:.8em"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One stage of one job.

    ``job`` counts from 0 in the order of the calls; ``lane`` is the group's replica, or the stage where it
    has no group; ``start`` and ``end`` are seconds since the epoch.
    """

    job: int
    lane: str
    stage: str
    start: float
    end: float
    is_good: bool = True


class Timeline:
    """Intervals in the order in which they ended. In a notebook it shows itself, without any script."""

    def __init__(self) -> None:
        self._intervals: list[Interval] = []

    def add(self, interval: Interval) -> None:
        """Take down one that has ended."""
        self._intervals.append(interval)

    def __iter__(self) -> Iterator[Interval]:
        return iter(tuple(self._intervals))

    def __len__(self) -> int:
        return len(self._intervals)

    @property
    def seconds(self) -> float:
        """Seconds from the start of the first to the end of the last."""
        held = tuple(self)
        return max(each.end for each in held) - min(each.start for each in held) if held else 0.0

    def of(self, stage: str, job: int = 0) -> Interval:
        """Give the interval of a stage in a job.

        Raises
        ------
        KeyError
            It has not ended, or never began.
        """
        for each in self._intervals:
            if each.stage == stage and each.job == job:
                return each
        raise KeyError(f"the stage {stage!r} of job {job} has not ended")

    def _lanes(self) -> dict[str, list[Interval]]:
        lanes: dict[str, list[Interval]] = {}
        for each in sorted(self, key=lambda one: (one.lane, one.start)):
            lanes.setdefault(each.lane, []).append(each)
        return lanes

    def __repr__(self) -> str:
        held = tuple(self)
        if not held:
            return "nothing has ended yet"
        first, total = min(each.start for each in held), self.seconds or 1.0
        lanes = self._lanes()
        width = max(map(len, lanes))
        lines = []
        for lane, intervals in lanes.items():
            row = [" "] * _WIDTH
            for each in intervals:
                start, end = (round((at - first) / total * (_WIDTH - 1)) for at in (each.start, each.end))
                text = f"{each.stage}{each.job}"
                for place in range(start, max(end, start + 1)):
                    row[place] = "-" if place - start >= len(text) else text[place - start]
            lines.append(f"{lane:<{width}} |{''.join(row)}|")
        lines.append(f"{'':<{width}}  0 s{f'{total:.1f} s':>{_WIDTH - 3}}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        held = tuple(self)
        if not held:
            return "<p>nothing has ended yet</p>"
        first, total = min(each.start for each in held), self.seconds or 1.0
        rows = [
            f'<div style="display:flex;height:20px"><div style="{_NAME}">{escape(lane)}</div>'
            f'<div style="{_LANE}">{"".join(_bar(each, first, total) for each in intervals)}</div></div>'
            for lane, intervals in self._lanes().items()
        ]
        jobs = "".join(
            f'<span style="margin-right:1em"><span style="background:{_colour(job)};{_KEY}"></span> '
            f"job {job}</span>"
            for job in sorted({each.job for each in held})
        )
        return (
            f'<div role="img" aria-label="timeline of {total:.1f} seconds">{"".join(rows)}'
            f'<div style="font-size:12px;padding-left:9em">{total:.1f} s in all. {jobs}</div></div>'
        )


def _bar(each: Interval, first: float, total: float) -> str:
    where = f"left:{(each.start - first) / total:.3%};width:{(each.end - each.start) / total:.3%}"
    how = "" if each.is_good else ";outline:2px solid #c00"
    return (
        f'<div style="{_BAR};{where};background:{_colour(each.job)}{how}" '
        f'title="{escape(_said(each, first), quote=True)}">{escape(each.stage)}</div>'
    )


def _colour(job: int) -> str:
    return _COLOURS[job % len(_COLOURS)]


def _said(each: Interval, first: float) -> str:
    times = f"{each.start - first:.2f} to {each.end - first:.2f} s"
    return f"{each.stage} of job {each.job} at {each.lane}: {times}{'' if each.is_good else ', failed'}"
