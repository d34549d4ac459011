"""A workflow's plan: its graph with the partitions of each stage as far as they are known, and findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.panel.advice import advise
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.findings_view import findings_html
from jupyter_agilab.panel.markup import Markup, badge, element, facts, prose, table
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.view import View
from jupyter_agilab.panel.workflow.graph import edges_meaning, graph_style, graph_svg
from jupyter_agilab.panel.workflow.plan_text import workflow_plan_text
from jupyter_agilab.panel.workflow.words import needs_words, place_words
from jupyter_agilab.workflow.plan import StagePlan, WorkflowPlan


@dataclass(frozen=True, slots=True, repr=False)
class WorkflowPlanView(View):
    """A plan, and the plain form of the graph that it is for."""

    plan: WorkflowPlan
    told: Mapping[str, Any]

    def text(self) -> str:
        """Give the plan as text."""
        size = dict(self._facts())["size"]
        return workflow_plan_text(self.plan) + (f"\n\n  size  {size}" if size else "")

    def html(self) -> Markup:
        """Give the plan as a card."""
        plan = self.plan
        name = f"Plan of the workflow {plan.workflow.name}"
        head = element(
            "div",
            element("span", name, class_="ag-title"),
            badge("can run" if plan.ok else "cannot run", "good" if plan.ok else "bad"),
            class_="ag-head",
        )
        rows = [[stage.name, _count(stage), self._needs(stage), prose(_rule(stage))] for stage in plan.stages]
        return card(
            name,
            element("style", Markup(graph_style())),
            head,
            facts(self._facts()),
            findings_html(plan.findings) if plan.findings else None,
            graph_svg(self.told),
            edges_meaning(self.told),
            table(
                name,
                ("Stage", "Partitions", "Needs", "Rule"),
                rows,
                numbers=(1,),
                row_heads=True,
                caption_shown=False,
            ),
        )

    def _facts(self) -> list[tuple[str, str]]:
        plan = self.plan
        on = [stage for stage in plan.stages if stage.is_on]
        more = "" if all(stage.plan is not None for stage in on) else " or more"
        flags = [f"{name} {'on' if is_on else 'off'}" for name, is_on in plan.flags.items()]
        return [
            ("in all", f"{counted(len(on), 'stage')}, {counted(plan.partition_count, 'partition')}{more}"),
            ("workers", f"{plan.workers:,}"),
            ("flags", ", ".join(flags)),
            ("size", advise(plan.partition_count).text if plan.partition_count else ""),
        ]

    def _needs(self, stage: StagePlan) -> str:
        place = place_words({"when": stage.stage.when, "group": stage.stage.group})
        return ", ".join(filter(None, [needs_words(self.told, stage.name), place]))


def _count(stage: StagePlan) -> str:
    if not stage.is_on:
        return "off"
    return f"{stage.plan.partition_count:,}" if stage.plan is not None else "?"


def _rule(stage: StagePlan) -> str:
    if not stage.is_on:
        return "switched off"
    return stage.later or (stage.plan.rule if stage.plan is not None else "")
