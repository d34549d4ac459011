"""What a run of a workflow would do, stage by stage, and why."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.panel.columns import printable
from jupyter_agilab.panel.explain_text import chosen_groups, reason_of, verdict
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.markup import Markup, badge, element, prose, table
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.view import View
from jupyter_agilab.panel.workflow.plan_text import workflow_explain_text
from jupyter_agilab.workflow.explain import StageExplanation, WorkflowExplanation


@dataclass(frozen=True, slots=True, repr=False)
class WorkflowExplainView(View):
    """The reasons of all stages, in the order of the graph."""

    explanation: WorkflowExplanation

    def text(self) -> str:
        """Give the reasons as text."""
        title = f"workflow {printable(self.explanation.name)}: {workflow_verdict(self.explanation)}"
        return f"{title}\n\n{workflow_explain_text(self.explanation)}"

    def html(self) -> Markup:
        """Give the reasons as a card."""
        title = f"What a run of the workflow {self.explanation.name} would do"
        head = element(
            "div",
            element("span", title, class_="ag-title"),
            badge("nothing ran yet", "plain"),
            class_="ag-head",
        )
        rows = [row for stage in self.explanation.stages for row in _rows(stage)]
        made = table("Why", ("Stage", "What", "Why"), rows, row_heads=True, caption_shown=False)
        return card(title, head, element("p", f"{workflow_verdict(self.explanation)}."), made)


def workflow_verdict(explanation: WorkflowExplanation) -> str:
    """Say in a sentence which stages will run."""
    on = [stage for stage in explanation.stages if stage.is_on]
    running = [stage.name for stage in on if not stage.is_reused]
    if not running:
        return "nothing will run: all results can be taken over"
    if len(running) == len(on):
        return f"all {counted(len(on), 'stage')} will run, or some of their partitions"
    return f"only {', '.join(running)} will run, or some of their partitions; other results are taken over"


def _unknown(stage: StageExplanation) -> str:
    return stage.later or "known when its turn comes" if stage.is_on else "switched off"


def _rows(stage: StageExplanation) -> list[list[object]]:
    if stage.explanation is None:
        word = "later" if stage.is_on else "off"
        return [[stage.name, badge(word, "plain"), prose(_unknown(stage))]]
    groups, more = chosen_groups(stage.explanation)
    reasons = [f"{group.count:,}: {reason_of(group)}" for group in groups]
    if more:
        reasons.append(f"… and {counted(more, 'more reason')}")
    what = badge("taken over", "good") if stage.is_reused else badge("runs", "info")
    told = [element("div", prose(reason)) for reason in (f"{verdict(stage.explanation)}.", *reasons)]
    return [[stage.name, what, Markup("".join(told))]]
