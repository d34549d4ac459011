"""Where the stages of a workflow are drawn: in columns from left to right, each behind all that it needs.

The method is that of Sugiyama, Tagawa and Toda ("Methods for Visual Understanding of Hierarchical System
Structures", 1981) in its simplest form: a column for each length of the longest path, an empty place in every
column that a line passes, and rows ordered by the mean of their neighbours' places, to and fro.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

WIDTH_PX = 184
HEIGHT_PX = 62
BETWEEN_COLUMNS_PX = 60
BETWEEN_ROWS_PX = 18
MARGIN_PX = 6
_PASSAGE_PX = 12
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class StageBox:
    """Where a stage is drawn: its left upper corner, in pixels."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class EdgeLine:
    """How a stage and one that needs it are joined: ``path`` and its ``tip`` are what SVG paths draw."""

    source: str
    target: str
    kind: str
    path: str
    tip: str


@dataclass(frozen=True, slots=True)
class GraphLayout:
    """A drawing of a workflow; sizes are pixels."""

    width: float
    height: float
    boxes: tuple[StageBox, ...]
    lines: tuple[EdgeLine, ...]

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data for the browser."""
        return {
            "width": self.width,
            "height": self.height,
            "box_width": WIDTH_PX,
            "box_height": HEIGHT_PX,
            "boxes": [{"name": box.name, "x": box.x, "y": box.y} for box in self.boxes],
            "lines": [
                {
                    "from": line.source,
                    "to": line.target,
                    "kind": line.kind,
                    "path": line.path,
                    "tip": line.tip,
                }
                for line in self.lines
            ],
        }


@dataclass(slots=True, eq=False)
class _Place:
    """A stage, or where a line passes a column that it only crosses (`name` is then empty)."""

    name: str
    column: int
    before: list[_Place] = field(default_factory=list)
    behind: list[_Place] = field(default_factory=list)
    row: float = 0.0
    y: float = 0.0

    @property
    def height(self) -> float:
        return HEIGHT_PX if self.name else _PASSAGE_PX

    @property
    def x(self) -> float:
        return MARGIN_PX + self.column * (WIDTH_PX + BETWEEN_COLUMNS_PX)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def graph_layout(names: Sequence[str], edges: Iterable[Mapping[str, Any]]) -> GraphLayout:
    """Place the stages of a workflow; stages of a cycle, which is an error elsewhere, share the last column.

    Parameters
    ----------
    names
        The stages, in the order in which they were written.
    edges
        Each with ``from``, ``to`` and ``kind``; those that name no stage are left out.
    """
    known = set(names)
    joined: dict[tuple[str, str], list[str]] = {}
    for edge in edges:
        if edge["from"] in known and edge["to"] in known and edge["from"] != edge["to"]:
            joined.setdefault((edge["from"], edge["to"]), []).append(str(edge["kind"]))
    columns = _columns(names, list(joined))
    places = {name: _Place(name, columns[name]) for name in names}
    every = list(places.values())
    chains: dict[tuple[str, str], list[_Place]] = {}
    for source, target in joined:
        chain = [places[source]]
        chain += [_Place("", column) for column in range(columns[source] + 1, columns[target])]
        chain.append(places[target])
        every += chain[1:-1]
        for one, other in pairwise(chain):
            one.behind.append(other)
            other.before.append(one)
        chains[source, target] = chain
    height = _arrange(every)
    width = max((place.x for place in every), default=0.0) + WIDTH_PX + MARGIN_PX
    boxes = tuple(StageBox(place.name, round(place.x, 1), round(place.y, 1)) for place in places.values())
    lines = tuple(
        EdgeLine(source, target, _strongest(kinds), _path(chains[source, target]), _tip(places[target]))
        for (source, target), kinds in joined.items()
    )
    return GraphLayout(round(width, 1), round(height, 1), boxes, lines)


def _columns(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Give each stage the length of the longest path to it."""
    waiting = {name: {source for source, target in edges if target == name} for name in names}
    found: dict[str, int] = {}
    column = 0
    while waiting:
        ready = [name for name, needs in waiting.items() if not needs]
        if not ready:
            # a cycle
            found.update(dict.fromkeys(waiting, column))
            break
        for name in ready:
            found[name] = column
            del waiting[name]
        for needs in waiting.values():
            needs.difference_update(ready)
        column += 1
    return found


def _arrange(places: Sequence[_Place]) -> float:
    """Give every place its height on the page; returns that of the page."""
    columns: dict[int, list[_Place]] = {}
    for place in places:
        columns.setdefault(place.column, []).append(place)
    for column in columns.values():
        _number(column)
    for turn in range(_ROUNDS):
        for number in sorted(columns, reverse=bool(turn % 2)):
            for place in columns[number]:
                beside = place.behind if turn % 2 else place.before
                if beside:
                    place.row = sum(each.row for each in beside) / len(beside)
            columns[number].sort(key=lambda place: place.row)
            _number(columns[number])
    heights = {number: _height(column) for number, column in columns.items()}
    most = max(heights.values(), default=0.0)
    for number, column in columns.items():
        y = MARGIN_PX + (most - heights[number]) / 2
        for place in column:
            place.y = y
            y += place.height + BETWEEN_ROWS_PX
    return most + 2 * MARGIN_PX


def _number(column: Sequence[_Place]) -> None:
    for row, place in enumerate(column):
        # places of columns of different lengths are compared: shares of the column, not counts
        place.row = (row + 0.5) / len(column)


def _height(column: Sequence[_Place]) -> float:
    return sum(place.height for place in column) + BETWEEN_ROWS_PX * (len(column) - 1)


def _strongest(kinds: Sequence[str]) -> str:
    return next((kind for kind in ("elements", "artifact") if kind in kinds), kinds[0])


def _tip(target: _Place) -> str:
    x, y = target.x, target.middle
    return f"M{x:g} {y:g}L{x - 9:g} {y - 4.5:g}V{y + 4.5:g}Z"


def _path(chain: Sequence[_Place]) -> str:
    first = chain[0]
    x, y = first.x + WIDTH_PX, first.middle
    parts = [f"M{x:g} {y:g}"]
    for place in chain[1:]:
        bend = max((place.x - x) / 2, 12.0)
        parts.append(f"C{x + bend:g} {y:g} {place.x - bend:g} {place.middle:g} {place.x:g} {place.middle:g}")
        x, y = place.x, place.middle
        if not place.name:
            x += WIDTH_PX
            parts.append(f"H{x:g}")
    return "".join(parts)
