"""Plans of stages whose input was not there at submit: made in the driver, when it is."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import PlanError
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.store import write_plan
from jupyter_agilab.workflow.elements import Fed
from jupyter_agilab.workflow.planning.elements import elements_plan
from jupyter_agilab.workflow.running.stage_run import StageRun


def plan_late(stage: StageRun, stages: Mapping[str, StageRun], workers: int) -> int:
    """Plan a stage and write the plan; give how many partitions it has. May read all of its input.

    Parameters
    ----------
    stages
        All; those that feed it are planned, and the artifact that it splits is written.

    Raises
    ------
    PlanError
        It cannot be planned.
    """
    contract, folder = stage.drive.contract, stage.drive.folder
    made: Plan
    if stage.stage.elements:
        inputs = [
            Fed(feed.name, feed.stage, source.drive.partitions(), source.drive.spec.stage_key)
            for feed in stage.stage.elements
            for source in [stages[feed.stage]]
        ]
        made = elements_plan(stage.stage, contract, folder, inputs, workers=workers)
    else:
        made = make_plan(contract, folder, workers=workers)
    if errors_in(made.findings):
        raise PlanError(f"{stage.name} cannot be planned", made.findings)
    write_plan(made, stage.run.path)
    return made.partition_count
