"""What every front end calls: plain functions, no display.

`check`, `plan`, `explain`, `runs` and `attach` run nothing. `trial` runs one partition and `run` all of them,
each in a process of its own. A contract is given by its path, or by its stage's name with the folder that it
lies in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.clusters import (
    check_cluster,
    cluster_health,
    cluster_status,
    clusters_started,
    install_cluster,
    start_cluster,
    stop_all_clusters,
    stop_cluster,
)
from jupyter_agilab.comparison import diff
from jupyter_agilab.contract.load import ContractFile, check_text, read_contract
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.contract.named import contract_path
from jupyter_agilab.diagnostics import Finding, errors_in
from jupyter_agilab.errors import ContractError, FindingsError, OutputError
from jupyter_agilab.existing_runs import (
    attach,
    failure_text,
    logs,
    result_of,
    result_of_status,
    runs,
    stop,
    story,
)
from jupyter_agilab.exports import build, export
from jupyter_agilab.housekeeping import clean
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.previews import preview
from jupyter_agilab.replays import newest_failed_run, replay
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.submit import RunSettings

if TYPE_CHECKING:
    from jupyter_agilab.result import StageResult
    from jupyter_agilab.run.driver_process import Standby
    from jupyter_agilab.run.reasons import Explanation
    from jupyter_agilab.run.tried import TrialReport
    from jupyter_agilab.run.watch import RunStatus, RunWatch

__all__ = [
    "CheckReport",
    "RunSettings",
    "attach",
    "build",
    "check",
    "check_cluster",
    "clean",
    "cluster_health",
    "cluster_status",
    "clusters_started",
    "contract_path",
    "diff",
    "explain",
    "export",
    "failure_text",
    "install_cluster",
    "logs",
    "newest_failed_run",
    "plan",
    "preview",
    "replay",
    "result_of",
    "result_of_status",
    "run",
    "runs",
    "start_cluster",
    "stop",
    "stop_all_clusters",
    "stop_cluster",
    "story",
    "submit",
    "trial",
    "was_tried",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What `check` found.

    ``issues`` and ``warnings`` are AGILAB's texts in AGILAB's order; ``findings`` are all, ours included.
    ``ok`` is true where none of them is an error.
    """

    path: str
    ok: bool
    issues: tuple[str, ...]
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``check --json``."""
        return {
            "path": self.path,
            "ok": self.ok,
            "issues": list(self.issues),
            "warnings": list(self.warnings),
            "findings": [finding.to_json() for finding in self.findings],
        }


def check(path: str | Path, *, text: str | None = None) -> CheckReport:
    """Check a contract, and that its files, module and function are there; imports and runs nothing.

    Parameters
    ----------
    text
        Checked in place of what the file holds: what an editor has and has not saved.
    """
    from jupyter_agilab.export.stale import stale_exports
    from jupyter_agilab.run.preflight import preflight

    file = read_contract(contract_path(path)) if text is None else check_text(text, Path(path))
    findings = list(file.findings)
    if file.contract is not None and not errors_in(findings):
        findings += file.located(preflight(file.contract, file.folder))
        if not errors_in(findings):
            findings += stale_exports(file.contract, file.folder)
    return CheckReport(
        path=str(file.path),
        ok=not errors_in(findings),
        issues=tuple(file.issues),
        warnings=tuple(file.warnings),
        findings=tuple(findings),
    )


def plan(
    path: str | Path,
    *,
    cores: int | None = None,
    workers: int | None = None,
    distribution: str | Path | None = None,
    text: str | None = None,
) -> Plan:
    """Plan a contract: partitions, workers, findings, what it will take; imports and runs nothing.

    Parameters
    ----------
    cores, workers
        Plan for a machine that one does not have, or for another number of workers than the contract's.
    distribution
        A file that says which worker does what: a work plan of ours, or AGILAB's ``distribution.json``.
    text
        Planned in place of what the file holds: what an editor has and has not saved.

    Raises
    ------
    ContractError
        The contract has errors; all of them are in it.
    PlanError
        The input cannot be read at all. An input that matches nothing is a finding of the plan.
    """
    from jupyter_agilab.expectations import with_estimate

    file, contract = _usable(path, text)
    made = _plan(file, contract, cores=cores, workers=workers)
    if distribution is not None:
        from jupyter_agilab.planning.distribution import with_distribution

        made = with_distribution(made, Path(distribution))
    return with_estimate(contract, file.folder, made, is_here=cores is None)


def trial(path: str | Path, partition: int = 0, *, sizes: bool = False) -> TrialReport:
    """Run one partition in a fresh process and try the reducer; blocks until it is done.

    What it took is kept, and plans of the same code and parameters make their estimate from it. With `sizes`
    a small, a median and a large partition are run instead of `partition`, so that the estimate is good.

    Raises
    ------
    ContractError, PlanError
        As `plan`.
    OutputError
        The contract's folder cannot be written to.
    """
    from jupyter_agilab.run.trial import try_partition

    file, contract = _usable(path)
    made = _plan(file, contract)
    try:
        with _placing(file):
            return try_partition(file, contract, made, partition, sizes=sizes)
    except OSError as error:
        raise OutputError(
            f"the trial of {contract.name} cannot be written below {file.folder.resolve()}: "
            f"{error.strerror or error}",
            hint="free space, or make the contract's folder writable",
        ) from error


def explain(path: str | Path) -> Explanation:
    """Say of each partition why a run of now would do it, or take its result over; runs and imports nothing.

    Raises
    ------
    ContractError, PlanError
        As `plan`; also where the plan cannot run.
    """
    from jupyter_agilab.planning.make import require_runnable
    from jupyter_agilab.reduce.registry import record_format_for
    from jupyter_agilab.run.code import freeze
    from jupyter_agilab.run.explain import explain_partitions
    from jupyter_agilab.run.resume_key import resume_record

    file, contract = _usable(path)
    folder = file.folder.resolve()
    made = _plan(file, contract)
    require_runnable(made)
    with _placing(file):
        record = resume_record(freeze(contract.function, folder), contract, record_format_for(contract))
    return explain_partitions(contract.name, folder, made.partitions, record)


def was_tried(path: str | Path) -> bool:
    """Say whether this stage, with this code, parameters and reducer, had a good trial or a finished run.

    Raises
    ------
    ContractError
        The contract has errors, or its function or its reducer's is not there.
    """
    from jupyter_agilab.reduce.registry import record_format_for
    from jupyter_agilab.run.code import freeze, freeze_reducer
    from jupyter_agilab.run.layout import run_directories
    from jupyter_agilab.run.resume_key import stage_key, trial_key
    from jupyter_agilab.run.trial import tried_well

    file, contract = _usable(path)
    folder = file.folder.resolve()
    stage = stage_key(freeze(contract.function, folder), contract, record_format_for(contract))
    key = trial_key(stage, contract, freeze_reducer(contract, folder))
    if tried_well(folder, contract, key):
        return True
    manifests = (read_manifest(run) or {} for run in run_directories(folder, contract.name))
    return any(each.get("state") == "finished" and each.get("trial_key") == key for each in manifests)


def submit(
    path: str | Path, settings: RunSettings | None = None, *, standby: Standby | None = None
) -> RunWatch:
    """Start a run and give a watch on it; returns as soon as its plan is written, while its workers start.

    Parameters
    ----------
    standby
        The run's process, where it was started before; it is ended where the run cannot start.

    Raises
    ------
    ContractError, PlanError, RunBusyError, OutputError, UsageError, ClusterError
        The run cannot start; nothing was changed.
    """
    from jupyter_agilab.run.submit import driver_for, refuse_while_busy
    from jupyter_agilab.run.submit import submit as submit_run

    settings = settings or RunSettings()
    with ExitStack() as stack:
        if standby is not None:
            stack.enter_context(standby)
        file, contract = _usable(path)
        if settings.cluster is not None:
            from jupyter_agilab.run.clusters.choice import on_cluster

            settings = on_cluster(settings, contract, file.folder)
        refuse_while_busy(file.folder.resolve(), contract.name)
        # it comes up while the plan is made
        driver = standby or stack.enter_context(driver_for(contract, settings, file.folder))
        made = _plan(file, contract, workers=settings.workers)
        if settings.distribution is not None:
            from jupyter_agilab.planning.distribution import with_distribution

            made = with_distribution(made, Path(settings.distribution), must_fit=True)
        with _placing(file):
            started = submit_run(file, contract, made, settings, driver)
    # its driver comes up meanwhile
    from jupyter_agilab.run.watch import RunWatch

    return RunWatch(started.directory, started.driver)


def run(
    path: str | Path,
    settings: RunSettings | None = None,
    *,
    on_status: Callable[[RunStatus], None] = lambda status: None,
) -> StageResult:
    """Run a contract and wait for its result; the run goes on when the caller is interrupted.

    Raises
    ------
    RunFailedError
        The run ended without its artifact; the message has the first failures.
    ContractError, PlanError, RunBusyError, OutputError
        As `submit`.
    """
    watch = submit(path, settings)
    return result_of_status(watch.wait(on_status))


def _usable(path: str | Path, text: str | None = None) -> tuple[ContractFile, Contract]:
    file = read_contract(contract_path(path)) if text is None else check_text(text, Path(path))
    errors = errors_in(file.findings)
    if file.contract is None or errors:
        raise ContractError(f"{file.path.name or file.path} cannot be used", file.findings)
    return file, file.contract


def _plan(
    file: ContractFile, contract: Contract, *, cores: int | None = None, workers: int | None = None
) -> Plan:
    from jupyter_agilab.planning.make import make_plan

    with _placing(file):
        made = make_plan(contract, file.folder, cores=cores, workers=workers)
    errors = file.located(errors_in(made.findings))
    others = [finding for finding in made.findings if finding.severity != "error"]
    return replace(made, findings=(*errors, *others))


@contextmanager
def _placing(file: ContractFile) -> Iterator[None]:
    """Give errors about a contract the lines of the keys that they are about."""
    try:
        yield
    except FindingsError as error:
        raise type(error)(error.summary, file.located(error.findings), hint=error.hint) from error.__cause__
