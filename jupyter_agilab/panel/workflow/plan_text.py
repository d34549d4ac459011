"""What is said of a workflow besides its run, as plain text: check, plan, explanation, earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.panel.columns import WIDTH, clip, printable, table, wrapped
from jupyter_agilab.panel.figures import counted, moment
from jupyter_agilab.panel.text import findings_count, findings_text
from jupyter_agilab.panel.workflow.words import run_seconds_words, run_state_of, total_words

if TYPE_CHECKING:
    from jupyter_agilab.workflow.explain import WorkflowExplanation
    from jupyter_agilab.workflow.plan import StagePlan, WorkflowPlan


def check_text(path: str, ok: bool, findings: Sequence[Finding], width: int | None = None) -> str:
    """Give what a check found: whether the workflow is good, then each finding with its place."""
    count = f" ({findings_count(findings)})" if findings else ""
    lines = [f"workflow: {printable(path)}", f"status: {'ok' if ok else 'invalid'}{count}"]
    if findings:
        lines.append(findings_text(findings, width))
    return "\n".join(lines)


def workflow_plan_text(plan: WorkflowPlan, width: int | None = None) -> str:
    """Give a workflow's plan: a line for each stage, how each comes by its partitions, the findings."""
    width = width or WIDTH
    on = [stage for stage in plan.stages if stage.is_on]
    more = " or more" if any(stage.plan is None for stage in on) else ""
    total = (
        f"{counted(len(on), 'stage')}, {counted(plan.partition_count, 'partition')}{more}, "
        f"for {counted(plan.workers, 'worker')}"
    )
    lines = [clip(f"workflow {printable(plan.workflow.name)}: {total}", width), ""]
    rows = [(printable(stage.name), _count(stage), _how(stage)) for stage in plan.stages]
    for name, count, how in _aligned(rows, width):
        margin = len(name) + len(count) + 4
        lines += wrapped(how, width, indent=f"  {name}  {count}  ", hanging=" " * (margin + 2))
    if plan.findings:
        lines += ["", findings_text(plan.findings, width)]
    return "\n".join(lines)


def workflow_explain_text(told: WorkflowExplanation, width: int | None = None) -> str:
    """Give what a run of now would do of each stage, and why."""
    from jupyter_agilab.panel.explain_text import explain_text

    width = width or WIDTH
    blocks = []
    for stage in told.stages:
        name = printable(stage.name)
        if stage.explanation is not None:
            blocks.append(f"{name}\n{_indented(explain_text(stage.explanation, width - 2))}")
        elif stage.is_on:
            blocks.append(f"{name}\n" + "\n".join(wrapped(stage.later, width, indent="  ", hanging="  ")))
        else:
            blocks.append(f"{name}\n  switched off")
    return "\n\n".join(blocks)


def workflow_runs_text(found: Iterable[Mapping[str, Any]], width: int | None = None) -> str:
    """Give a workflow's runs, newest first: id, state, when, how long, what came of it."""
    rows = [
        (
            str(told["run_id"]),
            run_state_of(told)[0],
            moment(float(told["started"])) if told.get("started") else "",
            run_seconds_words(told),
            total_words(told),
        )
        for told in found
    ]
    if not rows:
        return "this workflow has no runs yet"
    return "\n".join(table(rows, sides="lllrl", width=width or WIDTH, flexible={4: "left"}))


def _count(stage: StagePlan) -> str:
    if not stage.is_on:
        return "off"
    return "later" if stage.plan is None else f"{stage.plan.partition_count:,}"


def _how(stage: StagePlan) -> str:
    parts = []
    if not stage.is_on:
        parts.append(f"only with --flag {stage.stage.when}" if stage.stage.when else "what feeds it is off")
    elif stage.plan is not None:
        parts.append(stage.plan.rule)
    if stage.is_on and stage.later:
        parts.append(f"{stage.later[:1].upper()}{stage.later[1:]}.")
    if stage.stage.after:
        parts.append(f"After {', '.join(map(printable, stage.stage.after))}.")
    if stage.stage.group:
        parts.append(f"Group {printable(stage.stage.group)}.")
    return " ".join(parts)


def _aligned(rows: Sequence[tuple[str, str, str]], width: int) -> list[tuple[str, str, str]]:
    names = [clip(name, width // 3) for name, _, _ in rows]
    most = max(map(len, names), default=0)
    figures = max((len(count) for _, count, _ in rows), default=0)
    return [
        (name.ljust(most), count.rjust(figures), how)
        for name, (_, count, how) in zip(names, rows, strict=True)
    ]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.splitlines())
