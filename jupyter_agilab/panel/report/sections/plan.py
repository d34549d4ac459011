"""What was decided before anything ran."""

from __future__ import annotations

from jupyter_agilab.panel.figures import counted, size
from jupyter_agilab.panel.findings_view import findings_html
from jupyter_agilab.panel.markup import Markup, element, facts, joined, prose
from jupyter_agilab.panel.report.part import Part
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.run.story.story import RunStory


def part(story: RunStory) -> Part:
    """Give the rule, the numbers and the findings of the plan."""
    plan = story.plan
    if plan is None:
        nothing = element("p", "No plan was written: the process that started the run ended before.")
        return Part(id="plan", title="Plan", body=nothing)
    body = joined(
        [element("p", prose(plan.rule)) if plan.rule else None, _numbers(story, plan), _findings(plan)]
    )
    return Part(id="plan", title="Plan", body=body, count=f"{plan.partition_count:,}")


def _numbers(story: RunStory, plan: Plan) -> Markup:
    weights = story.weights
    sized = story.is_sized and len(weights) > 0
    asked = plan.planned_partitions != plan.partition_count
    return facts(
        [
            ("partitions", f"{plan.partition_count:,}"),
            ("planned", f"{plan.planned_partitions:,}" if asked else None),
            ("input files", f"{plan.input_files:,}" if plan.input_files else None),
            ("input", size(sum(weights)) if sized else None),
            ("smallest to largest", _extent(min(weights), max(weights)) if sized else None),
            ("workers", f"{plan.useful_workers:,}"),
            ("workers asked for", _if_other(plan.requested_workers, plan.useful_workers)),
            ("threads in each", f"{plan.threads_per_worker:,}"),
            ("planned for", counted(plan.cores, "core")),
        ]
    )


def _extent(least: float, most: float) -> str:
    return size(least) if least == most else f"{size(least)} to {size(most)}"


def _if_other(number: int, other: int) -> str | None:
    return f"{number:,}" if number != other else None


def _findings(plan: Plan) -> Markup | None:
    found = findings_html(plan.findings)
    return element("div", element("h3", "Findings"), found, class_="findings") if found else None
