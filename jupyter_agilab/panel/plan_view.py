"""A plan: its numbers, the rule, who does how much, the first partitions."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.panel.estimate_view import estimate_html
from jupyter_agilab.panel.figures import counted, percent, size
from jupyter_agilab.panel.findings_view import findings_html
from jupyter_agilab.panel.markup import (
    Markup,
    badge,
    bar,
    code,
    details,
    element,
    facts,
    joined,
    prose,
    table,
)
from jupyter_agilab.panel.style import card
from jupyter_agilab.panel.text import plan_text
from jupyter_agilab.panel.view import View
from jupyter_agilab.planning.plan import Plan

SHOWN_WORKERS = 12
SHOWN_PARTITIONS = 10


@dataclass(frozen=True, slots=True, repr=False)
class PlanView(View):
    """A plan; ``backend`` is the contract's, ``rows`` the partitions that are listed."""

    plan: Plan
    backend: str = ""
    rows: int = SHOWN_PARTITIONS

    def text(self) -> str:
        """Give the plan as text."""
        return plan_text(self.plan, rows=self.rows, backend=self.backend)

    def html(self) -> Markup:
        """Give the plan as a card."""
        state = (
            badge("cannot run", "bad") if errors_in(self.plan.findings) else badge("nothing ran yet", "plain")
        )
        head = element(
            "div", element("span", f"Plan of {self.plan.stage}", class_="ag-title"), state, class_="ag-head"
        )
        return card(
            f"Plan of stage {self.plan.stage}",
            head,
            findings_html(self.plan.findings),
            estimate_html(self.plan.estimate) if self.plan.estimate is not None else None,
            plan_html(self.plan, self.backend),
            partitions_html(self.plan, self.rows),
        )


def plan_html(plan: Plan, backend: str = "") -> Markup:
    """Give the numbers, the rule and the worker map."""
    if not plan.partition_count:
        return element("p", "There are no partitions: nothing would run.")
    runtime = f"{counted(plan.useful_workers, 'worker')} x {counted(plan.threads_per_worker, 'thread')}"
    asked = f"{counted(plan.planned_partitions, 'partition')} for {counted(plan.effective_workers, 'worker')}"
    numbers = facts(
        [
            ("partitions", f"{plan.partition_count:,}"),
            ("useful workers", f"{plan.useful_workers:,}"),
            ("input files", f"{plan.input_files:,}" if plan.input_files else None),
            ("run-time", f"{backend}: {runtime}, {counted(plan.cores, 'core')}" if backend else runtime),
            ("asked for", asked),
        ]
    )
    return joined([numbers, element("p", prose(plan.rule)) if plan.rule else None, worker_map_html(plan)])


def worker_map_html(plan: Plan) -> Markup:
    """Give one row per planned worker: its partitions and its share of the work as a bar."""
    counts = [0] * len(plan.loads)
    for worker in plan.workers:
        counts[worker] += 1
    total, most = sum(plan.loads), max(plan.loads, default=0.0)
    in_bytes = _is_sized(plan)
    rows = []
    for worker, load in enumerate(plan.loads[:SHOWN_WORKERS]):
        share = percent(load, total)
        row = [
            f"{worker:,}",
            f"{counts[worker]:,}",
            share,
            bar(load, most, f"worker {worker}: {share} of the work"),
        ]
        rows.append([*row[:2], size(load), *row[2:]] if in_bytes else row)
    head = ["Worker", "Partitions", "Share", "Load"]
    if in_bytes:
        head.insert(2, "Input")
    made = table("Work by worker", head, rows, numbers=range(1, len(head) - 1), row_heads=True)
    more = len(plan.loads) - SHOWN_WORKERS
    if more <= 0:
        return made
    rest = plan.loads[SHOWN_WORKERS:]
    least, largest = percent(min(rest), total), percent(max(rest), total)
    each = least if least == largest else f"{least} to {largest}"
    note = f"… and {counted(more, 'more worker')} with {each} of the work each"
    return joined([made, element("p", note, class_="ag-soft")])


def partitions_html(plan: Plan, rows: int = SHOWN_PARTITIONS) -> Markup | None:
    """Give the first partitions in a part that opens; None where there are none."""
    count = min(rows, plan.partition_count)
    if not count:
        return None
    sized = _is_sized(plan)
    head = ["#", "Partition", *(["Size"] if sized else []), "Worker", "Id"]
    lines = []
    for index in range(count):
        partition = plan.partitions[index]
        middle = [size(partition.weight)] if sized else []
        lines.append(
            [f"{index:,}", partition.describe(), *middle, f"{plan.workers[index]:,}", code(partition.id)]
        )
    numbers = (0, 2, 3) if sized else (0, 2)
    more = plan.partition_count - count
    caption = f"First {counted(count, 'partition')}" if more else "All partitions"
    return details(
        "Partitions",
        table(caption, head, lines, numbers=numbers, caption_shown=more > 0),
        element("p", f"… and {counted(more, 'more partition')}", class_="ag-soft") if more else None,
    )


def _is_sized(plan: Plan) -> bool:
    return plan.partition_count > 0 and plan.partitions[0].kind != "parameters"
