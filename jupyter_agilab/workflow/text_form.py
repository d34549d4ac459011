"""A workflow's graph as text that other tools draw: Mermaid and DOT."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.workflow.graph import Edge, edges, groups_in_use
from jupyter_agilab.workflow.model import Workflow, WorkflowStage


def mermaid(workflow: Workflow) -> str:
    """Give the graph as a Mermaid flow chart, https://mermaid.js.org/syntax/flowchart.html.

    Groups are subgraphs. A thin line feeds elements, a thick one an artifact, a dotted one only orders.
    Stages that a flag switches on have round corners.
    """
    lines = ["flowchart LR"]
    identities = _identities(workflow)
    grouped = groups_in_use(workflow)
    for number, (group, stages) in enumerate(grouped.items(), 1):
        replicas = workflow.group_of(group).replicas
        title = group if replicas == 1 else f"{group} x {replicas}"
        lines.append(f'    subgraph g{number}["{_mermaid_text(title)}"]')
        lines += [f"        {_mermaid_stage(workflow.stages[name], identities)}" for name in stages]
        lines.append("    end")
    lines += [
        f"    {_mermaid_stage(stage, identities)}" for stage in workflow.stages.values() if not stage.group
    ]
    arrows = {"elements": "-->", "artifact": "==>", "after": "-.->"}
    for edge in edges(workflow):
        label = f'|"{_mermaid_text(label)}"|' if (label := _label(edge)) else ""
        lines.append(f"    {identities[edge.source]} {arrows[edge.kind]}{label} {identities[edge.target]}")
    return "\n".join(lines) + "\n"


def dot(workflow: Workflow) -> str:
    """Give the graph in the language of Graphviz, https://graphviz.org/doc/info/lang.html, as `mermaid`."""
    lines = [
        f"digraph {_quoted(workflow.name)} {{",
        "    rankdir=LR;",
        '    node [shape=box, fontname="sans"];',
    ]
    for number, (group, stages) in enumerate(groups_in_use(workflow).items(), 1):
        replicas = workflow.group_of(group).replicas
        lines += [
            f"    subgraph cluster_{number} {{",
            f"        label={_quoted(group if replicas == 1 else f'{group} x {replicas}')};",
        ]
        lines += [f"        {_dot_stage(workflow.stages[name])}" for name in stages]
        lines.append("    }")
    lines += [f"    {_dot_stage(stage)}" for stage in workflow.stages.values() if not stage.group]
    lines += [f"    {line}" for line in _dot_edges(workflow)]
    return "\n".join([*lines, "}"]) + "\n"


def _identities(workflow: Workflow) -> dict[str, str]:
    # names may be words of Mermaid's own, as `end`
    return {name: f"s{number}" for number, name in enumerate(workflow.stages, 1)}


def _mermaid_stage(stage: WorkflowStage, identities: dict[str, str]) -> str:
    text = _mermaid_text(stage.name) + (f"<br/>if {_mermaid_text(stage.when)}" if stage.when else "")
    left, right = ("(", ")") if stage.when else ("[", "]")
    return f'{identities[stage.name]}{left}"{text}"{right}'


def _mermaid_text(text: str) -> str:
    """Write what Mermaid would read otherwise as its numeric entities, which have no ampersand."""
    return "".join(each if each.isalnum() or each in " _-.=" else f"#{ord(each)};" for each in text)


def _label(edge: Edge) -> str:
    return edge.parameter if edge.kind == "elements" else ""


def _dot_stage(stage: WorkflowStage) -> str:
    style = f", style=rounded, xlabel={_quoted(f'if {stage.when}')}" if stage.when else ""
    return f"{_quoted(stage.name)} [label={_quoted(stage.name)}{style}];"


def _dot_edges(workflow: Workflow) -> Iterator[str]:
    styles = {"elements": "", "artifact": "penwidth=3", "after": "style=dashed"}
    for edge in edges(workflow):
        facts = [styles[edge.kind], f"label={_quoted(edge.parameter)}" if _label(edge) else ""]
        told = ", ".join(filter(None, facts))
        yield f"{_quoted(edge.source)} -> {_quoted(edge.target)}{f' [{told}]' if told else ''};"


def _quoted(text: str) -> str:
    """Write a quoted string: only quotes and backslashes mean something in it."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{plain}"'
