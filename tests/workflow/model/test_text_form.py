"""Mermaid and DOT: the nodes and edges of the patterns, and names that are markup there."""

from __future__ import annotations

import re

import pytest

from jupyter_agilab.workflow.load import check_text
from jupyter_agilab.workflow.model import Feed, Group, Workflow, WorkflowStage
from jupyter_agilab.workflow.text_form import dot, mermaid

PATTERNS = {
    "fan-out and fan-in": (
        {"split": "", "process": 'input = "split"', "merge": 'input = "process.artifact"'},
        [("split", "process", "-->"), ("process", "merge", "==>")],
    ),
    "pipeline": (
        {"extract": "", "transform": 'input = "extract"', "load": 'input = "transform"'},
        [("extract", "transform", "-->"), ("transform", "load", "-->")],
    ),
    "sweep": (
        {"train": "", "select": 'after = ["train"]'},
        [("train", "select", "-.->")],
    ),
}


@pytest.fixture(params=PATTERNS, ids=str)
def pattern(request, head):
    stages, wanted = PATTERNS[request.param]
    text = head + "".join(f'[stages.{name}]\ncontract = "{name}"\n{more}\n' for name, more in stages.items())
    workflow = check_text(text).workflow
    assert workflow is not None
    return workflow, stages, wanted


def test_mermaid_has_the_nodes_and_edges(pattern):
    workflow, stages, wanted = pattern
    text = mermaid(workflow)
    assert text.startswith("flowchart LR\n")
    nodes = dict(re.findall(r'^ +(s\d+)\["(\w+)"\]$', text, re.MULTILINE))
    assert sorted(nodes.values()) == sorted(stages)
    edges = re.findall(r"^ +(s\d+) (\S+) (s\d+)$", text, re.MULTILINE)
    assert [(nodes[source], nodes[target], arrow) for source, arrow, target in edges] == wanted


def test_dot_has_the_nodes_and_edges(pattern):
    workflow, stages, wanted = pattern
    text = dot(workflow)
    assert re.findall(r'^ +"(\w+)" \[label="\w+"\];$', text, re.MULTILINE) == list(stages)
    styles = {"-->": "", "==>": " [penwidth=3]", "-.->": " [style=dashed]"}
    for source, target, arrow in wanted:
        assert f'    "{source}" -> "{target}"{styles[arrow]};\n' in text


def test_groups_flags_and_parameters_are_shown():
    workflow = Workflow(
        name="w",
        stages={
            "a": WorkflowStage(name="a", group="g"),
            "b": WorkflowStage(name="b", inputs=(Feed("a", parameter="x"),), when="f", group="g"),
        },
        groups={"g": Group(name="g", replicas=3)},
    )
    assert mermaid(workflow) == (
        'flowchart LR\n    subgraph g1["g x 3"]\n        s1["a"]\n        s2("b<br/>if f")\n    end\n'
        '    s1 -->|"x"| s2\n'
    )
    assert '    subgraph cluster_1 {\n        label="g x 3";' in dot(workflow)
    assert '"a" -> "b" [label="x"];' in dot(workflow)


@pytest.mark.parametrize("name", ["end", 'a"b', "a]b", "<b>", "a&b", "a#35;b", "a\\", "graph", "a;b"])
def test_no_name_is_markup(name):
    workflow = Workflow(name=name, stages={name: WorkflowStage(name=name)})
    (line,) = mermaid(workflow).splitlines()[1:]
    inner = re.fullmatch(r'    s1\["(.*)"\]', line)[1]
    assert re.fullmatch(r"(?:[\w .=-]|#\d+;)*", inner)
    assert re.sub(r"#(\d+);", lambda found: chr(int(found[1])), inner) == name
    quoted = re.search(r"\[label=(\".*\")\];", dot(workflow))[1]
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', quoted)
    assert quoted[1:-1].replace('\\"', '"').replace("\\\\", "\\") == name
