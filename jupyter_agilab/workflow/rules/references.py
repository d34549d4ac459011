"""Stages that are named and not there."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.contract.render import render_key
from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.workflow.subject import Remark, Subject


def references(subject: Subject) -> Iterator[Remark]:
    """Tell stages in ``input`` and ``after`` that the workflow does not have."""
    stages = subject.workflow.stages
    for stage in stages.values():
        named = [("input", feed.stage) for feed in stage.inputs] + [("after", name) for name in stage.after]
        for key, name in dict.fromkeys(named):
            if name in stages:
                continue
            others = [other for other in stages if other != stage.name]
            hint = did_you_mean(name, others)
            if not hint:
                hint = f"the other stages are: {', '.join(others)}" if others else "there is no other stage"
            path = ("stages", stage.name, key)
            message = f"{render_key(path)} names the stage {name!r}, which the workflow does not have"
            yield Remark("workflow.unknown-stage", path, message, hint)
