"""What the results of a workflow's stage depend on, besides what feeds its partitions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.reduce.registry import record_format_for
from jupyter_agilab.run.code import freeze
from jupyter_agilab.run.resume_key import key_of_record, resume_record
from jupyter_agilab.workflow.model import Workflow, WorkflowStage
from jupyter_agilab.workflow.setups import setup_code


def stage_record_of(
    workflow: Workflow, folder: Path, stage: WorkflowStage, contract: Contract, contract_folder: Path
) -> dict[str, Any]:
    """Give, by name, everything but the input that can change a partition's result in a workflow.

    That of `jupyter_agilab.run.resume_key.resume_record`, and the code of the group's ``setup`` where the
    function takes what it gives. Modules are read, not imported.

    Parameters
    ----------
    folder, contract_folder
        The workflow's, and the contract's.

    Raises
    ------
    ContractError
        The function is not there.
    """
    code = freeze(contract.function, contract_folder.resolve())
    record = resume_record(code, contract, record_format_for(contract))
    setup = setup_code(workflow, folder.resolve(), stage)
    if setup is not None and any(parameter.name == "state" for parameter in code.parameters):
        record["setup"] = setup.meaning
    return record


def stage_key_of(
    workflow: Workflow, folder: Path, stage: WorkflowStage, contract: Contract, contract_folder: Path
) -> str:
    """Give what the resume keys of a stage's partitions have in common, from its `stage_record_of`.

    Raises
    ------
    ContractError
        As `stage_record_of`.
    """
    return key_of_record(stage_record_of(workflow, folder, stage, contract, contract_folder))
