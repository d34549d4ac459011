"""Workflows as short texts: what a check says of them."""

from __future__ import annotations

import textwrap

import pytest

from jupyter_agilab.workflow.load import check_text
from jupyter_agilab.workflow.model import Feed, Workflow, WorkflowStage

HEAD = 'schema = "agilab.workflow.v1"\nname = "w"\n'
MARK = {"error": "", "warning": "w:", "info": "i:"}


@pytest.fixture(scope="session")
def head():
    """Give the two lines that each workflow starts with."""
    return HEAD


@pytest.fixture(scope="session")
def found():
    """Give ``found(text)``: what is said of a workflow, each as ``LINE CODE KEY``; the head is two lines."""

    def of(text: str, *, has_head: bool = False) -> list[str]:
        text = textwrap.dedent(text) if has_head else HEAD + textwrap.dedent(text)
        return [
            f"{each.line} {MARK[each.severity]}{each.code} {each.key}" for each in check_text(text).findings
        ]

    return of


@pytest.fixture(scope="session")
def joined():
    """Give ``joined("A B", "B C")``: a workflow in which A feeds B and B feeds C; a lone name is a stage."""

    def of(*pairs: str, groups: dict[str, str] | None = None) -> Workflow:
        needs: dict[str, list[str]] = {}
        for pair in pairs:
            source, _, target = pair.partition(" ")
            needs.setdefault(source, [])
            if target:
                needs.setdefault(target, []).append(source)
        stages = {
            name: WorkflowStage(
                name=name,
                contract=f"{name}.toml",
                inputs=tuple(Feed(other) for other in others),
                group=(groups or {}).get(name, ""),
            )
            for name, others in needs.items()
        }
        return Workflow(name="w", stages=stages)

    return of
