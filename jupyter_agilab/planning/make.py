"""Make the plan of a contract; nothing of the user's is imported or run."""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.registry import Cut, Survey, Way, refusals, way_for
from jupyter_agilab.planning.arithmetic import Wish, available_cores, requested_workers, wish
from jupyter_agilab.planning.assign import assign
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.remarks import remarks


def make_plan(
    contract: Contract, folder: Path, *, cores: int | None = None, workers: int | None = None
) -> Plan:
    """Decide the partitions of a stage and who is expected to do them.

    Reads what it must of the input: names and sizes, the first bytes of files that may be cut, the
    surroundings of the cuts; for ``row-chunks`` every byte, to count rows. Blocks as long as that takes.

    Parameters
    ----------
    contract, folder
        The contract, and the folder that its paths are relative to.
    cores
        Plan for a machine with so many cores; by default this one.
    workers
        Plan for so many workers, whatever the contract says.

    Returns
    -------
    Plan
        Where no input is found it has no partitions and an error among its findings.

    Raises
    ------
    PlanError
        The input cannot be read, or the contract asks for what cannot be done; with all findings.
    MissingDependencyError
        A YAML sweep, and PyYAML is not installed.
    """
    refused = refusals(contract)
    if refused:
        raise PlanError(f"{contract.name} cannot be planned", refused)
    folder = folder.resolve()
    way = way_for(contract)
    survey = way.survey(contract, folder)
    requested = requested_workers(contract.workers if workers is None else workers, cores)
    wished = _wish(contract, way, survey, requested)
    cut = survey.cut(wished.planned_partitions) if survey.items else Cut(partitions=(), weights=())
    count = len(cut.partitions)
    if contract.partition.rows and way.over_partitions and count:
        told = f"{survey.described}: cut every {contract.partition.rows:,} rows."
        wished = Wish(wished.effective_workers, count, told)
    elif cut.rule:
        planned = max(count, wished.planned_partitions) if cut.shortfall else count
        wished = Wish(wished.effective_workers, planned, cut.rule)
    useful = max(1, min(wished.effective_workers, count))
    cores = cores if cores is not None else available_cores()
    threads = contract.execution.threads_per_worker or max(1, cores // useful)
    owners, loads = assign(cut.weights, useful)
    plan = Plan(
        stage=contract.name,
        partitions=cut.partitions,
        workers=owners,
        requested_workers=requested,
        effective_workers=wished.effective_workers,
        planned_partitions=wished.planned_partitions,
        useful_workers=useful,
        threads_per_worker=threads,
        cores=cores,
        input_files=survey.input_files,
        rule=wished.rule,
        loads=loads,
        findings=(*survey.findings, *cut.findings),
    )
    return remarks(plan, contract, way, cut)


def _wish(contract: Contract, way: Way, survey: Survey, requested: int) -> Wish:
    # files are looked into only where the answer matters
    matters = survey.items > 0 and (way.over_partitions or survey.items < requested)
    return wish(
        items=survey.items,
        described=survey.described,
        requested=requested,
        can_split=matters and survey.can_split(),
        over_partitions=way.over_partitions,
        target=contract.target_partitions,
        per_worker=contract.min_partitions_per_worker,
    )


def input_findings(contract: Contract, folder: Path) -> list[Finding]:
    """Say what keeps an input from being cut, as far as names, sizes and first bytes tell; nothing is staged.

    Raises
    ------
    PlanError
        As of `make_plan`.
    """
    refused = refusals(contract)
    if refused:
        raise PlanError(f"{contract.name} cannot be planned", refused)
    survey = way_for(contract).survey(contract, folder.resolve())
    if survey.items:
        survey.can_split()
    return list(survey.findings)


def require_runnable(plan: Plan) -> None:
    """Raise `PlanError` with all errors of a plan that has some."""
    if errors_in(plan.findings):
        raise PlanError(f"{plan.stage} cannot run as planned", plan.findings)
