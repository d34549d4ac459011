"""How a workflow is shown without a browser: where stages are drawn, what is said, that data stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.panel.workflow.layout import HEIGHT_PX, WIDTH_PX, graph_layout
from jupyter_agilab.panel.workflow.text import workflow_line, workflow_text
from jupyter_agilab.panel.workflow.view import WorkflowView
from jupyter_agilab.panel.workflow.words import STAGE_STATES


def stage(name: str, state: str = "planned", partitions: int | None = 1, **more: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("finished", "reused", "failed", "skipped", "running"), 0)
    return {"name": name, "state": state, "partitions": partitions, "seconds": 0.0, **counts, **more}


def told(*stages: dict[str, Any], edges: Any = (), **more: Any) -> dict[str, Any]:
    pairs = [{"from": one, "to": other, "kind": kind} for one, other, kind in edges]
    return {
        "name": "flow",
        "run_id": None,
        "state": "planned",
        "stages": list(stages),
        "edges": pairs,
        **more,
    }


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[dict[str, str]]]:
    """Draw an acyclic graph: edges go from an earlier stage to a later one."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 9)))]
    pairs = [(one, other) for at, one in enumerate(names) for other in names[at + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    kinds = st.sampled_from(["elements", "artifact", "after"])
    return names, [{"from": one, "to": other, "kind": draw(kinds)} for one, other in chosen]


@given(graphs())
def test_each_stage_is_right_of_all_that_it_needs_and_none_covers_another(
    graph: tuple[list[str], list[dict[str, str]]],
) -> None:
    names, edges = graph
    layout = graph_layout(names, edges)
    places = {box.name: box for box in layout.boxes}
    assert list(places) == names
    for edge in edges:
        assert places[edge["from"]].x + WIDTH_PX < places[edge["to"]].x
    boxes = list(layout.boxes)
    for number, one in enumerate(boxes):
        assert one.x >= 0 <= one.y
        assert one.x + WIDTH_PX <= layout.width
        assert one.y + HEIGHT_PX <= layout.height
        for other in boxes[number + 1 :]:
            assert one.x != other.x or abs(one.y - other.y) >= HEIGHT_PX
    assert {(line.source, line.target, line.kind) for line in layout.lines} == {
        (edge["from"], edge["to"], edge["kind"]) for edge in edges
    }
    assert layout == graph_layout(names, edges)


@given(graphs())
def test_lines_begin_at_one_stage_and_end_at_the_other(
    graph: tuple[list[str], list[dict[str, str]]],
) -> None:
    names, edges = graph
    layout = graph_layout(names, edges)
    places = {box.name: box for box in layout.boxes}
    for line in layout.lines:
        numbers = [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", line.path)]
        source, target = places[line.source], places[line.target]
        assert numbers[:2] == pytest.approx([source.x + WIDTH_PX, source.y + HEIGHT_PX / 2], abs=0.1)
        assert numbers[-2:] == pytest.approx([target.x, target.y + HEIGHT_PX / 2], abs=0.1)


def test_a_cycle_and_edges_to_nowhere_are_drawn_as_far_as_they_can_be() -> None:
    edges = [("a", "b"), ("b", "a"), ("c", "c"), ("a", "gone")]
    layout = graph_layout(["a", "b", "c"], [{"from": f, "to": t, "kind": "after"} for f, t in edges])
    assert {box.name for box in layout.boxes} == {"a", "b", "c"}
    assert {(line.source, line.target) for line in layout.lines} == {("a", "b"), ("b", "a")}
    assert graph_layout([], []).boxes == ()


def test_two_kinds_between_the_same_stages_are_one_line() -> None:
    edges = [{"from": "a", "to": "b", "kind": kind} for kind in ("after", "elements")]
    assert [line.kind for line in graph_layout(["a", "b"], edges).lines] == ["elements"]


def test_counts_are_those_of_results_whoever_made_them() -> None:
    form = told(
        stage("build", "finished", 4, finished=1, reused=3),
        stage("fit", "running", 8, finished=2, failed=1, skipped=1, running=2),
        stage("more", "off", None, when="extra"),
        stage("late", "waiting", None, group="one"),
        edges=[("build", "fit", "elements"), ("fit", "late", "artifact"), ("fit", "more", "after")],
        state="running",
        run_id="r1",
    )
    text = workflow_text(form)
    assert "3 stages, 6 of 12 partitions or more done, 1 failed, 1 skipped" in text
    lines = {
        line.split()[1]: line for line in text.splitlines() if line[:3].strip()[:1] in "✓▶-○" and line.strip()
    }
    assert "4 of 4, 3 from earlier runs" in lines["build"]
    assert "2 of 8, 1 failed, 1 skipped, 2 under way" in lines["fit"]
    assert "switched off" in lines["more"]
    assert "artifact of fit, group one" in text
    assert workflow_line(form, 80).startswith("flow running:  ✓ build 4/4  ▶ fit 4/8")
    assert len(workflow_line(form, 30)) <= 30


@pytest.mark.parametrize("state", [*STAGE_STATES, "of another version"])
def test_every_state_has_a_word_beside_its_colour(state: str) -> None:
    view = WorkflowView(told(stage("one", state, 2)))
    word = STAGE_STATES.get(state, (state,))[0]
    assert word in view.text()
    assert word in str(view.html())


class Tags(HTMLParser):
    """Collects the elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_what_data_says_is_text_and_never_markup() -> None:
    hostile = "</title><img src=x onerror=alert(1)>\x1b[2J"
    form = told(stage(hostile, "failed", 1, group=hostile, contract=hostile), message=hostile, run_id=hostile)
    finding = Finding(code="workflow.cycle", message=hostile, key="stages", hint=hostile)
    view = WorkflowView(form, (finding,), ((hostile, hostile),), hostile, hostile)
    tags = Tags()
    tags.feed(str(view.html()))
    names = {tag for tag, _ in tags.found}
    assert "img" not in names
    assert "script" not in names
    assert not any(key.startswith("on") for _, attributes in tags.found for key in attributes)
    assert "\x1b" not in view.text() + str(view.html())


def test_the_picture_says_in_words_what_it_draws() -> None:
    form = told(stage("a", "finished", 1), stage("b", "running", 2), edges=[("a", "b", "elements")])
    tags = Tags()
    tags.feed(str(WorkflowView(form).html()))
    (svg,) = [
        attributes for tag, attributes in tags.found if tag == "svg" and attributes.get("role") == "img"
    ]
    assert svg["aria-label"] == "flow: a: finished; b: running, elements of a"
    assert "each element as soon as it is there" in str(WorkflowView(form).html())


def test_a_workflow_without_stages_is_shown_too() -> None:
    assert "0 stages" in WorkflowView(told()).text()
    assert "<svg" not in str(WorkflowView(told()).html())
