"""Charts as they stand on paper and without scripts: SVG made of a few paths, whatever the amount of data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jupyter_agilab.panel.columns import clip
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.markup import Markup, element, joined
from jupyter_agilab.panel.report.scale import log_ticks, time_ticks
from jupyter_agilab.panel.report.times import axis
from jupyter_agilab.run.story.journal import LOST, Journal

WIDTH = 1000
LEFT, TOP, BOTTOM = 110, 8, 24
_MOST_LANES = 48
_MOST_POINTS = 1_500


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time on a lane; ``kind`` ``mixed`` is a task of which some partitions failed."""

    lane: int
    begin_s: float
    seconds: float
    kind: str


def timeline_bars(journal: Journal) -> Iterable[Bar]:
    """Give what was done when: each task in its lane, start-up and merging in the lane after the last one."""
    tasks, workers = journal.tasks, journal.workers
    for place, worker in enumerate(tasks.worker):
        if worker < 0:
            continue
        kind = "done"
        if tasks.state[place] == LOST:
            kind = "lost"
        elif tasks.failed[place]:
            kind = "mixed" if tasks.finished[place] else "failed"
        elif tasks.attempt[place] > 1:
            kind = "retry"
        yield Bar(workers[worker].lane, tasks.begin_s[place], tasks.seconds[place], kind)
    first = journal.first_task_s
    start = first if first is not None else journal.end_s
    if start > 0:
        yield Bar(journal.lanes, 0.0, start, "start")
    if journal.reduce_s is not None:
        yield Bar(journal.lanes, journal.reduce_s, journal.end_s - journal.reduce_s, "merge")


def timeline_svg(journal: Journal, label: str) -> Markup:
    """Draw the timeline of a run."""
    lanes = min(journal.lanes, _MOST_LANES)
    height = 18 if lanes <= 16 else 9
    span = journal.end_s or 1.0
    scale = (WIDTH - LEFT - 12) / span
    paths: dict[str, Runs] = {}
    failed = Runs()
    for bar in timeline_bars(journal):
        lane = lanes if bar.lane == journal.lanes else bar.lane
        if lane <= lanes and (bar.lane < lanes or bar.lane == journal.lanes):
            kind = "done" if bar.kind == "mixed" else bar.kind
            paths.setdefault(kind, Runs()).add(lane, bar.begin_s * scale, bar.seconds * scale)
            if bar.kind == "mixed":
                failed.add(lane, bar.begin_s * scale, bar.seconds * scale)
    bottom = TOP + (lanes + 1) * height
    parts = [grid(time_ticks(span), scale, bottom)]
    parts += [
        element("path", class_=f"s-{kind}", d=runs.path(height, 3 if height > 10 else 1))
        for kind, runs in paths.items()
    ]
    # a task of which some partitions failed has a red foot
    parts.append(element("path", class_="s-failed", d=failed.path(height, height * 0.7, drop=height * 0.28)))
    names = [_lane_name(journal, lane) for lane in range(lanes)] if height > 10 else []
    names += [""] * (lanes - len(names)) + ["run"]
    parts += [
        element("text", clip(name, 17), x=LEFT - 8, y=TOP + lane * height + height / 2 + 4, text_anchor="end")
        for lane, name in enumerate(names)
        if name
    ]
    more = journal.lanes - lanes
    if more > 0:
        note = f"and {counted(more, 'more worker')} not drawn"
        parts.append(element("text", note, x=WIDTH - 12, y=bottom + 34, text_anchor="end"))
    return svg(joined(parts), bottom + BOTTOM + (14 if more > 0 else 0), label)


def _lane_name(journal: Journal, lane: int) -> str:
    names = [worker.name for worker in journal.workers if worker.lane == lane]
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return f"{names[0]}{more}" if names else ""


class Runs:
    """Bars of one kind by lane; those that touch at the picture's resolution become one."""

    def __init__(self) -> None:
        self._lanes: dict[int, list[tuple[float, float]]] = {}

    def add(self, lane: int, start: float, width: float) -> None:
        """Add a bar; places are along the picture's width."""
        self._lanes.setdefault(lane, []).append((start, start + max(width, 0.6)))

    def path(self, height: float, gap: float, drop: float = 0.0) -> str:
        """Give all bars as one path."""
        parts = []
        for lane, bars in sorted(self._lanes.items()):
            top = TOP + lane * height + gap / 2 + drop
            for start, end in _merged(sorted(bars)):
                wide = end - start
                parts.append(f"M{LEFT + start:.1f} {top:.4g}h{wide:.1f}v{height - gap:.4g}h-{wide:.1f}z")
        return "".join(parts)


def _merged(bars: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in bars:
        # bars wide enough to be seen one by one keep a gap between them
        narrow = end - start < 3
        if merged and start - merged[-1][1] < (0.5 if narrow else -0.1):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end - (0 if narrow else 0.6)))
    return merged


def scatter_svg(
    xs: Sequence[float],
    ys: Sequence[float],
    label: str,
    x_title: str,
    x_text: list[tuple[float, str]],
    *,
    log_x: bool,
) -> Markup:
    """Draw seconds (`ys`, on a logarithmic scale) over `xs`.

    Of many points a sample is drawn that keeps the extremes. `x_text` are places and texts along the axis.
    """
    height = 260
    low, high = _range(ys)
    left, right = (math.log10(min(xs)), math.log10(max(xs))) if log_x else (min(xs), max(xs))
    width = right - left or 1.0

    def x_of(x: float) -> float:
        return LEFT - 40 + ((math.log10(x) if log_x else x) - left) / width * (WIDTH - LEFT + 20)

    def y_of(y: float) -> float:
        return TOP + 6 + (1 - (math.log10(max(y, low)) - math.log10(low)) / math.log10(high / low)) * height

    bottom = TOP + height + 12
    parts: list[Markup] = []
    for tick in log_ticks(low, high):
        parts.append(element("path", class_="s-line", d=f"M{LEFT - 46} {y_of(tick):.1f}H{WIDTH - 12}"))
        parts.append(element("text", axis(tick), x=LEFT - 52, y=f"{y_of(tick) + 4:.1f}", text_anchor="end"))
    for place, text in x_text:
        at = x_of(place)
        parts.append(element("text", text, x=f"{at:.1f}", y=bottom + 16, text_anchor="middle"))
    parts.append(element("text", x_title, x=WIDTH - 12, y=bottom + 34, text_anchor="end"))
    dots = "".join(f"M{x_of(xs[at]):.1f} {y_of(ys[at]):.1f}h0" for at in _sample(ys))
    parts.append(element("path", class_="s-points", d=dots))
    return svg(joined(parts), bottom + 42, label)


def _range(values: Sequence[float]) -> tuple[float, float]:
    least, most = (max(1e-6, end(values)) for end in (min, max))
    return (least, most) if most > 1.2 * least else (least / 1.5, most * 1.5)


def _sample(values: Sequence[float]) -> list[int]:
    if len(values) <= _MOST_POINTS:
        return list(range(len(values)))
    # the smallest and the largest of each stretch, so that no extreme is lost
    length = math.ceil(2 * len(values) / _MOST_POINTS)
    found: list[int] = []
    for start in range(0, len(values), length):
        places = range(start, min(start + length, len(values)))
        found += {min(places, key=values.__getitem__), max(places, key=values.__getitem__)}
    return found


def grid(ticks: list[float], scale: float, bottom: float) -> Markup:
    """Draw the lines of a time axis, and what they mean."""
    parts = []
    for tick in ticks:
        at = LEFT + tick * scale
        parts.append(element("path", class_="s-line", d=f"M{at:.1f} {TOP - 4}V{bottom + 4}"))
        text = axis(tick) if tick else "0"
        parts.append(element("text", text, x=f"{at:.1f}", y=bottom + 18, text_anchor="middle"))
    return joined(parts)


def svg(content: Markup, height: float, label: str) -> Markup:
    """Make a picture as wide as the page."""
    return element(
        "svg", content, class_="still", viewBox=f"0 0 {WIDTH} {height:g}", role="img", aria_label=label
    )
