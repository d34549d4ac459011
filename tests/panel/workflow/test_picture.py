"""The picture of a workflow: one SVG file, every name as text, both schemes of colours."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from jupyter_agilab.panel.workflow.picture import workflow_picture
from jupyter_agilab.workflow.graph_json import graph_json
from jupyter_agilab.workflow.load import check_text

SVG = "{http://www.w3.org/2000/svg}"
TEXT = """
schema = "agilab.workflow.v1"
name = "w"
[flags]
f = false
[stages.A]
contract = "a"
group = "g1"
[stages.B]
contract = "b"
input = "A"
group = "g1"
[stages.C]
contract = "c"
input = "B.artifact"
after = ["A"]
when = "f"
group = "g2"
"""


@pytest.fixture
def told():
    return graph_json(check_text(TEXT))


def drawn(told):
    return ElementTree.fromstring(workflow_picture(told))


def test_every_stage_and_every_edge_is_there(told):
    root = drawn(told)
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert titles == [
        "Graph of the workflow w",
        "A",
        "B. elements of A",
        "C. artifact of B, after A",
    ]
    lines = [each for each in root.iter(f"{SVG}path") if each.get("class") == "edge"]
    assert [each.get("stroke-width") for each in lines] == ["1.6", "3.4", "1.6"]
    assert [each.get("stroke-dasharray") for each in lines] == [None, None, "5 4"]
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert any(text.startswith("only with --flag f") for text in texts)


def test_it_says_its_colours_at_the_elements_and_turns_them_for_dark_pages(told):
    root = drawn(told)
    assert all(each.get("fill") for each in root.iter(f"{SVG}text"))
    assert "prefers-color-scheme: dark" in root.find(f"{SVG}style").text
    assert root.find(f"{SVG}rect").get("fill") == "#fff"


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", 'a"b', "a&b", "]]>", "a\x1b[31mb", "ä" * 200])
def test_names_are_text_and_never_markup(told, name):
    told["name"] = name
    told["stages"][0]["name"] = name
    told["edges"] = []
    root = drawn(told)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        *("svg", "title", "style", "rect", "path", "g", "text"),
    }
    assert [each.get("onload") for each in root.iter()] == [None] * len(list(root.iter()))
    if name.isprintable():
        assert root.find(f"{SVG}title").text == f"Graph of the workflow {name}"


def test_a_cycle_and_no_stages_can_be_drawn(told):
    told["edges"] = [
        {"from": "A", "to": "B", "kind": "elements"},
        {"from": "B", "to": "A", "kind": "elements"},
        {"from": "C", "to": "C", "kind": "after"},
    ]
    assert len(list(drawn(told).iter(f"{SVG}g"))) == 3
    told["stages"], told["edges"] = [], []
    assert list(drawn(told).iter(f"{SVG}g")) == []


def test_states_of_a_run_are_words(told):
    told["stages"][0] |= {"state": "failed", "partitions": 3, "finished": 2, "failed": 1}
    assert "failed, 2 of 3" in [each.text for each in drawn(told).iter(f"{SVG}text")]
