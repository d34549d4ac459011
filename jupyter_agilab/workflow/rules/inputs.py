"""Inputs that do not go together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from jupyter_agilab.workflow.model import WorkflowStage
from jupyter_agilab.workflow.subject import Remark, Subject


def inputs(subject: Subject) -> Iterator[Remark]:
    """Tell inputs that are given twice or cannot be joined, and settings that nothing reads."""
    for stage in subject.workflow.stages.values():
        path = ("stages", stage.name, "input")
        if subject.data["stages"][stage.name].get("input") == []:
            yield Remark(
                "workflow.value",
                path,
                f"stages.{stage.name}.input names no stage",
                "leave the line out where the stage has an input of its own",
                "warning",
            )
        yield from _joined(stage, path)
        if subject.is_written("stages", stage.name, "combine") and len(stage.elements) < 2:
            yield Remark(
                "workflow.idle",
                ("stages", stage.name, "combine"),
                f"stages.{stage.name}.combine joins several inputs, and there are fewer than two",
                "leave it out",
                "warning",
            )
        fed = {feed.stage for feed in stage.inputs}
        for name in dict.fromkeys(stage.after):
            if name in fed and name != stage.name and name == stage.artifact_of:
                yield Remark(
                    "workflow.idle",
                    ("stages", stage.name, "after"),
                    f"stages.{stage.name}.after names {name!r}, whose artifact it waits for anyway",
                    "leave it out",
                    "warning",
                )


def _joined(stage: WorkflowStage, path: tuple[str, ...]) -> Iterator[Remark]:
    key = ".".join(path)
    artifacts = [feed.stage for feed in stage.inputs if feed.kind == "artifact"]
    if len(artifacts) > 1:
        yield Remark(
            "workflow.inputs",
            path,
            f"{key} must name one artifact at most, for a contract splits one input; it names "
            f"{len(artifacts)}: {', '.join(artifacts)}",
            "name the others in `after`, and open their files in the function",
        )
    elif artifacts and stage.elements:
        yield Remark(
            "workflow.inputs",
            path,
            f"{key} must be elements or an artifact; it joins the elements of {stage.elements[0].stage} with "
            f"the artifact of {artifacts[0]}",
            f'write after = ["{artifacts[0]}"] and open its file in the function',
        )
    names = Counter(feed.name for feed in stage.elements)
    for name, count in names.items():
        if count > 1:
            yield Remark(
                "workflow.inputs",
                path,
                f"{key} must pass each element as something else; {name!r} is named {count} times",
                'say which parameter gets which: { left = "STAGE", right = "STAGE" }',
            )
