"""A workflow's graph as displays draw it: the form of a run's status, without a run."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.workflow.graph import edges, in_order
from jupyter_agilab.workflow.load import WorkflowFile
from jupyter_agilab.workflow.model import WorkflowStage
from jupyter_agilab.workflow.plan import WorkflowPlan


def graph_json(file: WorkflowFile, plan: WorkflowPlan | None = None) -> dict[str, Any]:
    """Give stages and edges; stages in an order in which each comes after all that it needs.

    Parameters
    ----------
    plan
        With it the numbers of partitions are told, and which stages are off.
    """
    workflow = file.workflow
    told: dict[str, Any] = {
        "name": workflow.name if workflow is not None else str(file.data.get("name") or ""),
        "run_id": None,
        "run_dir": None,
        "state": "planned",
        "started": None,
        "ended": None,
        "message": "",
        "stages": [],
        "edges": [],
    }
    if workflow is None:
        return told
    order = in_order(workflow)
    names = (*order, *(name for name in workflow.stages if name not in order))
    told["stages"] = [_stage(workflow.stages[name], plan) for name in names]
    told["edges"] = [edge.to_json() for edge in edges(workflow)]
    return told


def _stage(stage: WorkflowStage, plan: WorkflowPlan | None) -> dict[str, Any]:
    planned = None
    if plan is not None and any(each.name == stage.name for each in plan.stages):
        planned = plan.stage(stage.name)
    return {
        "name": stage.name,
        "contract": stage.contract,
        "state": "off" if planned is not None and not planned.is_on else "planned",
        "partitions": planned.plan.partition_count
        if planned is not None and planned.plan is not None
        else None,
        **dict.fromkeys(("finished", "failed", "skipped", "reused", "running"), 0),
        "started": None,
        "seconds": 0.0,
        "artifact": None,
        "group": stage.group or None,
        "when": stage.when or None,
        "run_dir": None,
        "message": "",
        "failures": [],
        "skips": [],
    }
