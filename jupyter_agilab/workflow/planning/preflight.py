"""What a workflow needs around it: contracts, modules, functions, inputs. Found by reading only."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import ClusterError, FindingsError
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.run.clusters.load import named
from jupyter_agilab.run.code import freeze
from jupyter_agilab.run.preflight import preflight, signature_findings, surroundings
from jupyter_agilab.workflow.load import WorkflowFile
from jupyter_agilab.workflow.model import Workflow, WorkflowStage
from jupyter_agilab.workflow.named import is_workflow_name
from jupyter_agilab.workflow.planning.contracts import placed_in, read_contracts


def check_surroundings(file: WorkflowFile) -> tuple[Finding, ...]:
    """Find everything that would keep a workflow from running here; does not stop at the first.

    Stages that nothing feeds are looked at as `jupyter_agilab.run.preflight.preflight` does. Of the others,
    all but the input is: that comes to be while the workflow runs.
    """
    workflow = file.workflow
    if workflow is None:
        return ()
    contracts = read_contracts(file, workflow)
    found = list(contracts.findings)
    for name, contract_file in contracts.files.items():
        stage = workflow.stages[name]
        contract = contract_file.contract
        assert contract is not None
        folder = contract_file.folder.resolve()
        has_state = bool(stage.group and workflow.group_of(stage.group).setup)
        if stage.inputs:
            fed = _signature(stage, contract, folder, has_state=has_state)
            findings = [*surroundings(contract, folder), *fed]
        elif is_workflow_name(contract.input):
            # told already: nothing feeds it
            findings = surroundings(contract, folder)
        else:
            findings = preflight(contract, folder, has_state=has_state)
        found += placed_in(contract_file, findings)
    found += file.located([*_hooks(workflow, file.folder.resolve()), *_cluster(workflow, file.folder)])
    return tuple(dict.fromkeys(found))


def _signature(stage: WorkflowStage, contract: Contract, folder: Path, *, has_state: bool) -> list[Finding]:
    """Say which parameters of a fed stage's function nothing can fill."""
    try:
        code = freeze(contract.function, folder)
    except FindingsError:
        return []
    names: tuple[str, ...] = ()
    found: list[Finding] = []
    if stage.elements and not is_workflow_name(contract.input) and contract.split == "parameter-sweep":
        try:
            sweep = make_plan(contract, folder)
        except FindingsError as error:
            return list(error.findings)
        found = errors_in(sweep.findings)
        names = tuple(sweep.partitions[0].parameters or ()) if sweep.partition_count else ()
    elif contract.split == "parameter-sweep" and not stage.elements:
        # the names are those of a file that is not there yet
        return []
    elements = tuple(feed.name for feed in stage.elements)
    return [*found, *signature_findings(contract, code, names, elements=elements, has_state=has_state)]


def _cluster(workflow: Workflow, folder: Path) -> list[Finding]:
    """Say that the cluster which the workflow names is not there, or cannot be used."""
    if not workflow.cluster:
        return []
    try:
        named(folder, workflow.cluster)
    except ClusterError as error:
        key = "execution.cluster"
        message, hint = error.message, error.hint
        return [Finding(code="workflow.cluster", message=message, level="environment", key=key, hint=hint)]
    return []


def _hooks(workflow: Workflow, folder: Path) -> list[Finding]:
    """Say which functions of groups are not there."""
    found: list[Finding] = []
    for group in workflow.groups.values():
        for key, reference in (("setup", group.setup), ("teardown", group.teardown)):
            if reference:
                try:
                    freeze(reference, folder, key=f"groups.{group.name}.{key}")
                except FindingsError as error:
                    found += error.findings
    return found
