"""Flags that are not declared, that nobody uses, and what they switch off besides."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.workflow.subject import Remark, Subject


def flags(subject: Subject) -> Iterator[Remark]:
    """Tell what does not fit between stages and flags."""
    workflow = subject.workflow
    declared = subject.data.get("flags")
    known = dict(declared) if isinstance(declared, dict) else {}
    for stage in workflow.stages.values():
        if stage.when and stage.when not in known:
            yield Remark(
                "workflow.unknown-flag",
                ("stages", stage.name, "when"),
                f"stages.{stage.name}.when names the flag {stage.when!r}, which [flags] does not have",
                did_you_mean(stage.when, known) or f"write {stage.when} = false in [flags]",
            )
        for feed in stage.inputs:
            other = workflow.stages.get(feed.stage)
            if other is not None and other.when and other.when != stage.when:
                yield Remark(
                    "workflow.fed-by-optional",
                    ("stages", stage.name, "input"),
                    f"{stage.name} is fed by {other.name}, which runs only with the flag {other.when!r}: "
                    "without it neither runs",
                    severity="info",
                )
    used = {stage.when for stage in workflow.stages.values()}
    for name in known:
        if name not in used:
            yield Remark(
                "workflow.unused-flag",
                ("flags", name),
                f"the flag {name!r} switches no stage",
                f'write when = "{name}" in a stage, or take it out',
                "warning",
            )
