"""The graph of a workflow as SVG that needs no script: stages with their states, and what joins them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.panel.columns import clip
from jupyter_agilab.panel.markup import Markup, element
from jupyter_agilab.panel.style import TONES
from jupyter_agilab.panel.workflow.layout import HEIGHT_PX, WIDTH_PX, GraphLayout, StageBox, graph_layout
from jupyter_agilab.panel.workflow.words import (
    EDGES,
    box_counts,
    counts_words,
    done_of,
    needs_words,
    partitions_of,
    place_words,
    state_of,
)

_NAME_CHARACTERS = 18
_LINE_CHARACTERS = 29
_STRIP_PX = 5
_BAR_PX = 4

GRAPH_STYLE = """
& svg.ag-graph{display:block;max-width:none}
& .ag-graph text{fill:var(--ag-fg);font-family:inherit;font-size:11.5px}
& .ag-graph .ag-name{font-size:13.5px;font-weight:600}
& .ag-graph rect.ag-frame{fill:var(--ag-bg);stroke:var(--ag-fg);stroke-opacity:.55}
& .ag-graph .ag-off .ag-frame{stroke-dasharray:4 3}
& .ag-graph .ag-off text{opacity:.82}
& .ag-graph path.ag-edge{fill:none;stroke:var(--ag-fg);stroke-opacity:.7;stroke-width:1.6}
& .ag-graph path.ag-artifact{stroke-width:3.4}
& .ag-graph path.ag-after{stroke-dasharray:5 4}
& .ag-graph .ag-tip{fill:var(--ag-fg);fill-opacity:.8}
& .ag-graph .ag-rest{fill:var(--ag-fg);fill-opacity:.14}
& .ag-lines-meaning{display:flex;flex-wrap:wrap;gap:.2em 1.4em;margin:.2em 0 .5em;padding:0}
& .ag-lines-meaning span{display:inline-flex;align-items:center;gap:.45em}
& .ag-lines-meaning svg{display:inline-block}
""".strip()
"""Rules for the graph, scoped like all others by the card's class in the place of ``&``."""

_FILLS: Mapping[str, str] = {**TONES, "good": "#23824c", "info": "#2f6cb8", "warn": "#a56a00"}


def graph_style() -> str:
    """Give the graph's rules as they stand in a style sheet."""
    fills = [f"& .ag-graph .ag-fill-{tone}{{fill:{colour}}}" for tone, colour in _FILLS.items()]
    return "\n".join([GRAPH_STYLE, *fills]).replace("&", ".agilab.agilab")


def graph_svg(told: Mapping[str, Any]) -> Markup:
    """Draw a workflow; its table says the same in words, so the picture has one name for screen readers."""
    stages = {str(stage["name"]): stage for stage in told.get("stages") or ()}
    layout = graph_layout(list(stages), told.get("edges") or ())
    drawn = element(
        "svg",
        *_edges(layout),
        *(_box(box, stages[box.name], told) for box in layout.boxes),
        class_="ag-graph",
        width=f"{layout.width:g}",
        height=f"{layout.height:g}",
        viewBox=f"0 0 {layout.width:g} {layout.height:g}",
        role="img",
        aria_label=_in_words(told, stages),
    )
    name = f"Graph of the workflow {told['name']}"
    return element("div", drawn, class_="ag-scroll", role="region", aria_label=name, tabindex="0")


def edges_meaning(told: Mapping[str, Any]) -> Markup | None:
    """Say what the kinds of lines mean that the graph has; None where it has none."""
    kinds = [kind for kind in EDGES if any(edge["kind"] == kind for edge in told.get("edges") or ())]
    if not kinds:
        return None
    samples = [element("span", _sample(kind), EDGES[kind]) for kind in kinds]
    return element("p", *samples, class_="ag-lines-meaning ag-soft")


def _sample(kind: str) -> Markup:
    line = element("path", d="M0 5H28", class_=f"ag-edge ag-{kind}")
    return element("svg", line, class_="ag-graph", width="28", height="10", aria_hidden="true")


def _in_words(told: Mapping[str, Any], stages: Mapping[str, Mapping[str, Any]]) -> str:
    parts = []
    for name, stage in stages.items():
        needs = needs_words(told, name)
        parts.append(f"{name}: {state_of(stage)[0]}" + (f", {needs}" if needs else ""))
    return f"{told['name']}: {'; '.join(parts)}"


def _edges(layout: GraphLayout) -> list[Markup]:
    drawn = []
    for line in layout.lines:
        drawn.append(element("path", d=line.path, class_=f"ag-edge ag-{line.kind}"))
        drawn.append(element("path", d=line.tip, class_="ag-tip"))
    return drawn


def _box(box: StageBox, stage: Mapping[str, Any], told: Mapping[str, Any]) -> Markup:
    word, sign, tone = state_of(stage)
    left = box.x + _STRIP_PX + 9
    second, third = box_lines(stage)
    return element(
        "g",
        element("title", f"{box.name}: {word}. {counts_words(stage)}. {needs_words(told, box.name)}"),
        _rect(box.x, box.y, WIDTH_PX, HEIGHT_PX, "ag-frame", rx="6"),
        _rect(box.x + 1, box.y + 5, _STRIP_PX, HEIGHT_PX - 10, f"ag-fill-{tone}", rx="2"),
        _text(left, box.y + 18, clip(box.name, _NAME_CHARACTERS), "ag-name"),
        _text(left, box.y + 34, clip(f"{sign} {second}", _LINE_CHARACTERS)),
        _text(left, box.y + 48, clip(third, _LINE_CHARACTERS)),
        *_progress(stage, tone, box),
        class_="ag-off" if stage.get("state") == "off" else None,
    )


def box_lines(stage: Mapping[str, Any]) -> tuple[str, str]:
    """Give the two lines below a stage's name: its state and where it belongs, and its counts."""
    word = state_of(stage)[0]
    if stage.get("state") == "off":
        return word, place_words(stage)
    more = place_words(stage)
    return (f"{word}, {more}" if more else word), box_counts(stage)


def _progress(stage: Mapping[str, Any], tone: str, box: StageBox) -> list[Markup]:
    count = partitions_of(stage)
    if not count or stage.get("state") not in {"running", "stopped"}:
        return []
    left, top, width = box.x + _STRIP_PX + 9, box.y + HEIGHT_PX - 9, WIDTH_PX - _STRIP_PX - 20
    part = min(1.0, done_of(stage) / count)
    return [
        _rect(left, top, width, _BAR_PX, "ag-rest", rx="2"),
        _rect(left, top, round(width * part, 1), _BAR_PX, f"ag-fill-{tone}", rx="2"),
    ]


def _rect(x: float, y: float, width: float, height: float, class_: str, rx: str) -> Markup:
    return element(
        "rect", x=f"{x:g}", y=f"{y:g}", width=f"{width:g}", height=f"{height:g}", rx=rx, class_=class_
    )


def _text(x: float, y: float, text: str, class_: str | None = None) -> Markup:
    return element("text", text, x=f"{x:g}", y=f"{y:g}", class_=class_)
