"""Groups that nobody uses, stages without one, and settings of stages that their group decides."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.contract.render import render_key
from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.workflow.graph import groups_in_use
from jupyter_agilab.workflow.subject import Remark, Subject


def groups(subject: Subject) -> Iterator[Remark]:
    """Tell what does not fit between stages and groups; a group that stages only name has the defaults."""
    workflow = subject.workflow
    used = groups_in_use(workflow)
    for name in workflow.groups:
        if name not in used:
            undeclared = [each for each in used if each not in workflow.groups]
            yield Remark(
                "workflow.unused-group",
                ("groups", name),
                f"the group {name!r} has no stages",
                did_you_mean(name, undeclared) or f'write group = "{name}" in a stage, or take the group out',
            )
    for name, stages in used.items():
        near = did_you_mean(name, workflow.groups) if name not in workflow.groups else ""
        if near:
            yield Remark(
                "workflow.unknown-group",
                ("stages", stages[0], "group"),
                f"the group {name!r} is not declared, so it has the defaults: one replica, and no claims",
                near,
                "warning",
            )
    if used:
        for stage in workflow.stages.values():
            if not stage.group and not stage.is_ungrouped:
                yield Remark(
                    "workflow.no-group",
                    ("stages", stage.name),
                    f"the stage {stage.name!r} must have a group, for other stages have one",
                    f'write group = "NAME" in [{render_key(["stages", stage.name])}]: one of its own, one of '
                    f'{", ".join(used)}, or "" for any worker',
                )
    for stage in workflow.stages.values():
        if stage.group and stage.replicas:
            yield Remark(
                "workflow.idle",
                ("stages", stage.name, "replicas"),
                f"stages.{stage.name}.replicas is not read: how many run at once is decided by the group "
                f"{stage.group!r}",
                f"write replicas in [{render_key(['groups', stage.group])}]",
                "warning",
            )
