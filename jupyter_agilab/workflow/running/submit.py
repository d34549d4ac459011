"""Submit a workflow: freeze it and all stages that are on, and start its driver."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from jupyter_agilab.contract.model import Backend, Contract
from jupyter_agilab.errors import ClusterError, OutputError, PlanError, RunBusyError, UsageError
from jupyter_agilab.planning.store import write_plan
from jupyter_agilab.reduce.registry import record_format_for
from jupyter_agilab.run.artifact import prepare_target
from jupyter_agilab.run.clusters.load import chosen_cluster
from jupyter_agilab.run.code import FrozenCode, freeze
from jupyter_agilab.run.driver_process import Standby
from jupyter_agilab.run.layout import (
    RunDirectory,
    make_home,
    new_run_directory,
    stage_home,
    workflow_directories,
    workflow_home,
)
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.manifest import SCHEMA, WORKFLOW_SCHEMA, write_manifest
from jupyter_agilab.run.orders import MOST_LOCKS
from jupyter_agilab.run.resume_key import key_of_record, trial_key
from jupyter_agilab.run.spec import stage_spec, write_spec
from jupyter_agilab.run.submit import RunSettings, freeze_code, take_stage
from jupyter_agilab.workflow.amounts import parse_memory, parse_walltime
from jupyter_agilab.workflow.load import WorkflowFile
from jupyter_agilab.workflow.model import Claims, Workflow
from jupyter_agilab.workflow.plan import StagePlan, WorkflowPlan
from jupyter_agilab.workflow.planning.stage_keys import stage_record_of
from jupyter_agilab.workflow.running.frozen import FrozenStage, write_frozen
from jupyter_agilab.workflow.running.settings import WorkflowSettings
from jupyter_agilab.workflow.setups import setup_code, teardown_code

_PACKAGE = "jupyter_agilab.workflow.running"
_PATIENCE_S = 2.0


@dataclass(slots=True)
class StartedWorkflow:
    """A workflow's run whose driver was started by this process."""

    directory: RunDirectory
    driver: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run takes place: the back end, and processes or threads of the pool."""

    backend: Backend
    pool: Literal["processes", "threads"]


def place_of(workflow: Workflow, stages: list[StagePlan], settings: WorkflowSettings) -> Place:
    """Decide where a run takes place: as it was told, as the workflow says, else as its contracts do.

    One place serves all stages. Contracts that differ, or that say ``local``, are run in the pool.
    """
    told = settings.backend or (
        "dask" if settings.cluster or settings.scheduler or workflow.cluster else workflow.backend
    )
    asked = {stage.contract.backend for stage in stages}
    backend = told or ("dask" if asked == {"dask"} else "pool")
    pools = {stage.contract.execution.pool for stage in stages if stage.contract.backend == "pool"}
    if backend == "threads" or (backend == "pool" and not settings.backend and pools == {"threads"}):
        return Place("pool", "threads")
    return Place(cast("Backend", backend), "processes")


def submit_workflow_plan(
    file: WorkflowFile, plan: WorkflowPlan, settings: WorkflowSettings
) -> StartedWorkflow:
    """Freeze everything that the run depends on and let its driver run; returns when all is written.

    Every stage that is on gets a run directory where its runs always are, and is locked until the run ends.
    Where this raises, neither a directory nor a driver is left.

    Raises
    ------
    PlanError
        The plan has errors.
    UsageError
        The settings do not go together, or no stage is on.
    RunBusyError
        Another run of the workflow, or of one of its stages, is under way.
    ClusterError
        The cluster is not known, or its workers do not see the contract's folder.
    OutputError
        A run directory or an artifact cannot be written.
    """
    workflow = plan.workflow
    if not plan.ok:
        raise PlanError(f"the workflow {workflow.name} cannot run as planned", plan.findings)
    stages = [stage for stage in plan.stages if stage.is_on]
    _check(workflow, stages, settings)
    place = place_of(workflow, stages, settings)
    cluster = settings.cluster or (None if settings.scheduler else workflow.cluster or None)
    folder = file.folder.resolve()
    if place.backend == "dask":
        _refuse_without_share(folder, cluster, settings.scheduler)
    for stage in stages:
        prepare_target(stage.artifact, stage.folder, stage.contract.name, overwrite=settings.overwrite)
    with ExitStack() as stack:
        lock = stack.enter_context(_take_workflow(folder, workflow.name))
        locks = [stack.enter_context(take_stage(stage.folder, stage.contract.name)) for stage in stages]
        forks = place.backend == "local" or (place.backend == "pool" and place.pool == "processes")
        driver = stack.enter_context(_standby(forks=forks, uses_dask=place.backend == "dask"))
        newest = next(iter(workflow_directories(folder, workflow.name)), None)
        if newest is not None and newest.run_id > driver.run_id:
            driver.end()
            driver = stack.enter_context(_standby(forks=forks, uses_dask=place.backend == "dask"))
        with _all_or_nothing() as made:
            run = new_run_directory(workflow_home(folder, workflow.name), driver.run_id)
            made.append(run)
            runs: dict[str, RunDirectory] = {}
            for stage in stages:
                runs[stage.name] = new_run_directory(stage_home(stage.folder, stage.contract.name))
                made.append(runs[stage.name])
            threads = max(
                (each.plan.threads_per_worker for each in stages if each.plan is not None), default=1
            )
            for stage in stages:
                _freeze_stage(stage, plan, settings, place, run, runs, cluster)
            facts = {
                "workers": plan.workers,
                "threads": threads,
                "backend": place.backend,
                "pool": place.pool,
                "settings": {**dataclasses.asdict(settings), "cluster": cluster},
            }
            frozen = tuple(_frozen(stage, runs.get(stage.name)) for stage in plan.stages)
            write_frozen(run, file.text, folder, frozen, facts)
            write_manifest(
                run,
                {
                    "schema": WORKFLOW_SCHEMA,
                    "run_id": run.run_id,
                    "workflow": workflow.name,
                    "path": str(file.path.resolve()),
                    "state": "submitted",
                    "submitted": time.time(),
                    "host": os.uname().nodename,
                    "backend": place.backend,
                    "flags": dict(plan.flags),
                    "stages": {stage.name: str(each.path) for stage in stages for each in [runs[stage.name]]},
                },
            )
            process = driver.begin(run, threads, lock, *locks)
        return StartedWorkflow(run, process)


def _check(workflow: Workflow, stages: list[StagePlan], settings: WorkflowSettings) -> None:
    if not stages:
        raise UsageError(
            f"no stage of the workflow {workflow.name} is on",
            hint="switch one on with the flag that it names",
        )
    if len(stages) >= MOST_LOCKS:
        raise UsageError(f"a workflow has at most {MOST_LOCKS - 1} stages; {workflow.name} has {len(stages)}")
    if settings.backend not in {None, "dask"} and (settings.cluster or settings.scheduler):
        raise UsageError(
            f"a cluster is for the back end dask, and {settings.backend} was asked for",
            hint="leave out one of the two",
        )
    if settings.cluster and settings.scheduler:
        raise UsageError("a run takes a cluster or the address of a scheduler, not both")
    if settings.workers is not None and settings.workers < 1:
        raise UsageError(f"a run has 1 worker or more; {settings.workers} was asked for")
    if settings.batch_size is not None and settings.batch_size < 1:
        raise UsageError(f"a batch has 1 partition or more; {settings.batch_size} was asked for")


def _refuse_without_share(folder: Path, cluster: str | None, scheduler: str | None) -> None:
    """Raise `ClusterError` where workers do not see the results of other stages."""
    found = chosen_cluster(folder, cluster, scheduler)
    if found.results == "scheduler":
        raise ClusterError(
            f"the workers of the cluster {found.name!r} do not share a folder with this machine "
            '(results = "scheduler"), and the stages of a workflow read each other\'s results there',
            hint='run it on a cluster with results = "share", or the stages one by one',
        )


@contextmanager
def _all_or_nothing() -> Iterator[list[RunDirectory]]:
    """Remove the directories that were made where the block raises."""
    made: list[RunDirectory] = []
    try:
        yield made
    except BaseException as error:
        for run in made:
            shutil.rmtree(run.path, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        where = made[-1].path if made else "run directory"
        raise OutputError(
            f"the run directory {where} cannot be written: {error.strerror or error}",
            hint="free space or make the folder writable, then run again",
        ) from error


def _standby(*, forks: bool, uses_dask: bool) -> Standby:
    try:
        return Standby(forks=forks, uses_dask=uses_dask, package=_PACKAGE)
    except OSError as error:
        raise ClusterError(
            f"the run's own process cannot be started: {error.strerror or error}",
            hint="look for a limit on processes, open files or memory",
        ) from error


def _take_workflow(folder: Path, name: str) -> StageLock:
    lock = StageLock(make_home(workflow_home(folder, name)) / "lock")
    deadline = time.monotonic() + _PATIENCE_S
    try:
        while not lock.acquire():
            if time.monotonic() > deadline:
                raise RunBusyError(
                    f"a run of the workflow {name!r} is under way",
                    hint="wait for its end, or stop it: jupyter agilab workflow stop",
                )
            time.sleep(0.02)
    except OSError as error:
        raise OutputError(
            f"the lock {lock.path} cannot be taken: {error.strerror or error}",
            hint="make the workflow's folder writable, on a file system that has file locks",
        ) from error
    return lock


def _freeze_stage(
    stage: StagePlan,
    plan: WorkflowPlan,
    settings: WorkflowSettings,
    place: Place,
    workflow_run: RunDirectory,
    runs: Mapping[str, RunDirectory],
    cluster: str | None,
) -> None:
    workflow, run = plan.workflow, runs[stage.name]
    contract = _as_run(stage, plan, place)
    code = freeze(stage.contract.function, stage.folder)
    record_format = record_format_for(contract)
    record = stage_record_of(workflow, plan.path.parent, stage.stage, stage.contract, stage.folder)
    part: dict[str, Any] = {
        "name": workflow.name,
        "run": workflow_run.run_id,
        "stage": stage.name,
        "stages": len(runs),
        "feeds": {feed.stage: str(runs[feed.stage].path) for feed in stage.stage.elements},
    }
    if stage.stage.group:
        group_folder = plan.path.parent.resolve()
        part["group"] = {"name": stage.stage.group}
        for name, found in (
            ("setup", setup_code(workflow, group_folder, stage.stage)),
            ("teardown", teardown_code(workflow, group_folder, stage.stage)),
        ):
            if found is not None:
                part["group"][name] = _code_json(found)
    spec = stage_spec(contract, code, record_format, stage.folder, run, workflow=part)
    spec = replace(spec, stage_key=key_of_record(record))
    reduce_code = freeze_code(run, contract, stage.folder, code)
    write_spec(run, spec, reduce_code, contract)
    told = RunSettings(
        backend=contract.backend,
        cluster=cluster,
        scheduler=settings.scheduler,
        batch_size=settings.batch_size,
        overwrite=settings.overwrite,
        force=settings.force,
    )
    write_manifest(
        run,
        {
            "schema": SCHEMA,
            "run_id": run.run_id,
            "stage": contract.name,
            "state": "submitted",
            "submitted": time.time(),
            "submitter": os.getpid(),
            "folder": str(stage.folder),
            "contract": {"path": str(stage.file.path.resolve()), "text": stage.file.text},
            "workflow": {"name": workflow.name, "run": str(workflow_run.path), "stage": stage.name},
            "settings": dataclasses.asdict(told),
            "stage_key": spec.stage_key,
            "trial_key": trial_key(spec.stage_key, contract, reduce_code),
            "resume": record,
            "code_digest": code.digest,
            "partitions": stage.plan.partition_count if stage.is_final and stage.plan is not None else 0,
            "workers": plan.workers,
            "threads_per_worker": stage.plan.threads_per_worker if stage.plan is not None else 1,
            "target": str(_target(stage)),
            "host": os.uname().nodename,
        },
    )
    if stage.is_final and stage.plan is not None:
        write_plan(stage.plan, run.path)


def _as_run(stage: StagePlan, plan: WorkflowPlan, place: Place) -> Contract:
    """Give the contract as this run does it: where the workflow runs, and going on as the workflow says."""
    execution = replace(stage.contract.execution, pool=place.pool, on_failure=plan.workflow.on_failure)
    if stage.claims.walltime is not None:
        limit_s = float(parse_walltime(stage.claims.walltime))
        told = stage.contract.execution.timeout_s
        execution = replace(execution, timeout_s=limit_s if told is None else min(limit_s, told))
    return replace(stage.contract, backend=place.backend, execution=execution)


def _target(stage: StagePlan) -> Path:
    target = stage.artifact
    return target.resolve() if target.is_symlink() else target


def _frozen(stage: StagePlan, run: RunDirectory | None) -> FrozenStage:
    return FrozenStage(
        name=stage.name,
        contract=stage.stage.contract,
        run=run,
        is_late=not stage.is_final,
        artifact=str(stage.artifact),
        claims=amounts_of(stage.claims),
        walltime_s=float(parse_walltime(stage.claims.walltime)) if stage.claims.walltime else 0.0,
    )


def amounts_of(claims: Claims) -> dict[str, float]:
    """Give what is claimed as numbers, by name; memory in bytes."""
    found: dict[str, float] = {}
    if claims.cpus:
        found["cpus"] = float(claims.cpus)
    if claims.gpus:
        found["gpus"] = float(claims.gpus)
    if claims.memory:
        found["memory"] = float(parse_memory(claims.memory))
    return {**found, **{name: float(amount) for name, amount in claims.named.items() if amount}}


def _code_json(code: FrozenCode) -> dict[str, Any]:
    return {
        "sources": dict(code.sources),
        "digest": code.digest,
        "entry": code.entry,
        "function": code.function,
    }
