"""The graph of a workflow as one SVG file: for a page, a report, a wall; readable on light and on dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_agilab.panel.columns import clip
from jupyter_agilab.panel.markup import Markup, element
from jupyter_agilab.panel.workflow.layout import HEIGHT_PX, WIDTH_PX, StageBox, graph_layout
from jupyter_agilab.panel.workflow.words import needs_words, partitions_of, place_words, short_count, state_of

_NAME_CHARACTERS = 20
_LINE_CHARACTERS = 27
_DASHES = {"after": "5 4"}

# colours stand at the elements for viewers that know no style sheets; the sheet turns them for a dark page
_STYLE = (
    "@media (prefers-color-scheme: dark){"
    ".page{fill:#1e1e1e}.frame{fill:#2a2a2a;stroke:#c8c8c8}"
    "text{fill:#f0f0f0}.edge{stroke:#c8c8c8}.tip{fill:#c8c8c8}}"
)


def workflow_picture(told: Mapping[str, Any]) -> str:
    """Draw a workflow; all that it says of names is text, never markup.

    Parameters
    ----------
    told
        The form of ``WorkflowStatus.to_json``, of a run or of the graph alone.
    """
    stages = {str(stage["name"]): stage for stage in told.get("stages") or ()}
    layout = graph_layout(list(stages), told.get("edges") or ())
    width, height = f"{layout.width:g}", f"{layout.height:g}"
    drawn: list[Markup] = []
    for line in layout.lines:
        drawn.append(
            element(
                "path",
                d=line.path,
                class_="edge",
                fill="none",
                stroke="#444",
                stroke_width="3.4" if line.kind == "artifact" else "1.6",
                stroke_dasharray=_DASHES.get(line.kind),
            )
        )
        drawn.append(element("path", d=line.tip, class_="tip", fill="#444"))
    for box in layout.boxes:
        drawn += _box(box, stages[box.name], told)
    name = f"Graph of the workflow {told['name']}"
    return str(
        element(
            "svg",
            element("title", name),
            element("style", _STYLE),
            element("rect", class_="page", width="100%", height="100%", fill="#fff"),
            *drawn,
            xmlns="http://www.w3.org/2000/svg",
            width=width,
            height=height,
            viewBox=f"0 0 {width} {height}",
            role="img",
            font_family="system-ui, sans-serif",
        )
    )


def _box(box: StageBox, stage: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[Markup]:
    word = state_of(stage)[0]
    is_optional = bool(stage.get("when"))
    lines = enumerate(filter(None, [_second(stage, word), place_words(stage)]))
    yield element(
        "g",
        element("title", ". ".join(filter(None, [box.name, needs_words(told, box.name)]))),
        element(
            "rect",
            class_="frame",
            x=f"{box.x:g}",
            y=f"{box.y:g}",
            width=f"{WIDTH_PX:g}",
            height=f"{HEIGHT_PX:g}",
            rx="6",
            fill="#f4f4f4",
            stroke="#444",
            stroke_dasharray="4 3" if is_optional else None,
        ),
        _text(box, 24, clip(box.name, _NAME_CHARACTERS), font_size="14", font_weight="600"),
        *(_text(box, 41 + 14 * row, clip(line, _LINE_CHARACTERS), font_size="11.5") for row, line in lines),
    )


def _second(stage: Mapping[str, Any], word: str) -> str:
    if str(stage.get("state") or "planned") == "planned":
        return short_count(stage) if partitions_of(stage) is not None else ""
    return ", ".join(filter(None, [word, short_count(stage)]))


def _text(box: StageBox, down: float, text: str, **facts: str) -> Markup:
    return element("text", text, x=f"{box.x + 12:g}", y=f"{box.y + down:g}", fill="#111", **facts)
