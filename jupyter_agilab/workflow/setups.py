"""The functions of a group, frozen: what its state is made with, and taken down."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.run.code import FrozenCode, freeze
from jupyter_agilab.workflow.model import Workflow, WorkflowStage


def setup_code(workflow: Workflow, folder: Path, stage: WorkflowStage) -> FrozenCode | None:
    """Read the ``setup`` of a stage's group; None where there is none.

    Parameters
    ----------
    folder
        The workflow's.

    Raises
    ------
    ContractError
        It is not there.
    """
    group = workflow.group_of(stage.group) if stage.group else None
    if group is None or not group.setup:
        return None
    return freeze(group.setup, folder, key=f"groups.{group.name}.setup")


def teardown_code(workflow: Workflow, folder: Path, stage: WorkflowStage) -> FrozenCode | None:
    """Read the ``teardown`` of a stage's group; None where there is none.

    Raises
    ------
    ContractError
        It is not there.
    """
    group = workflow.group_of(stage.group) if stage.group else None
    if group is None or not group.teardown:
        return None
    return freeze(group.teardown, folder, key=f"groups.{group.name}.teardown")
