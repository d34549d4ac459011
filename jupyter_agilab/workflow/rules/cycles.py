"""Stages that wait for each other, and stages that have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.workflow.graph import cycles, parts
from jupyter_agilab.workflow.subject import Remark, Subject

_TOLD = 5


def cycles_and_parts(subject: Subject) -> Iterator[Remark]:
    """Tell cycles by their paths, and graphs that fall into parts.

    Parts are a warning: each is run as if it were alone, and a workflow that is being put together cell by
    cell has them for a while.
    """
    workflow = subject.workflow
    for path in cycles(workflow):
        stage = workflow.stages[path[-1]]
        before = path[-2]
        key = "input" if any(feed.stage == before for feed in stage.inputs) else "after"
        yield Remark(
            "workflow.cycle",
            ("stages", stage.name, key),
            f"the graph has a cycle: {'->'.join(path)}",
            "a stage cannot wait for itself: take one of these dependencies out",
        )
    separate = parts(workflow)
    if len(separate) > 1 and _all_is_known(subject):
        told = " and ".join("{" + _listed(part) + "}" for part in separate[:_TOLD])
        more = f" and {len(separate) - _TOLD} more" if len(separate) > _TOLD else ""
        yield Remark(
            "workflow.disjoint",
            ("stages", separate[1][0]),
            f"the graph has {len(separate)} parts that do not depend on each other: {told}{more}",
            "if they belong together, join them by `input` or `after`; else each could be a workflow",
            "warning",
        )


def _all_is_known(subject: Subject) -> bool:
    """Say whether all dependencies could be read: else parts only seem to have nothing in common."""
    workflow = subject.workflow
    return all(
        all(need in workflow.stages for need in stage.needs)
        and all(
            ("stages", stage.name, key) in subject.values
            for key in ("input", "after")
            if subject.is_written("stages", stage.name, key)
        )
        for stage in workflow.stages.values()
    )


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_TOLD])
    return f"{shown} and {len(names) - _TOLD} more" if len(names) > _TOLD else shown
