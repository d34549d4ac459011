"""Submit: freeze a contract, its code and its plan into a run directory, and start the driver."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.load import ContractFile
from jupyter_agilab.contract.model import Backend, Contract
from jupyter_agilab.errors import ClusterError, OutputError, PlanError, RunBusyError, UsageError
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.store import write_plan
from jupyter_agilab.reduce.registry import record_format_for
from jupyter_agilab.run.artifact import prepare_target
from jupyter_agilab.run.code import FrozenCode, freeze, freeze_reducer
from jupyter_agilab.run.driver_process import Standby
from jupyter_agilab.run.layout import (
    RunDirectory,
    make_home,
    new_run_directory,
    run_directories,
    stage_home,
)
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.manifest import SCHEMA, read_manifest, write_manifest
from jupyter_agilab.run.resume_key import resume_record, trial_key
from jupyter_agilab.run.spec import stage_spec, write_spec

if TYPE_CHECKING:
    from jupyter_agilab.run.selection import Only

_ENDING_PATIENCE_S = 5.0
_LOOKING_PATIENCE_S = 0.5
# each batch leaves its results and their index
_MOST_FILES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What one run does differently from its contract; all optional.

    Attributes
    ----------
    workers
        Workers for this run.
    backend
        Back end for this run.
    batch_size
        Partitions per task; by default it follows the times seen.
    scheduler
        Address of a Dask scheduler that is already there.
    cluster
        Name of a cluster in ``clusters.toml``.
    distribution
        Path of a work plan, ours or AGILAB's ``distribution.json``, that says which workers do what.
    overwrite
        Whether a file that no run of the stage wrote may be replaced by the artifact.
    only
        The partitions to run: ``"failed"``, ``"changed"``, or plan indexes, ids and ranges (``"3-7,12"``).
        Results that are there are taken over for the others; those that have none stay missing.
    force
        Whether partitions run (all, or those of `only`) although their results are there.
    """

    workers: int | None = None
    backend: Backend | None = None
    batch_size: int | None = None
    scheduler: str | None = None
    cluster: str | None = None
    distribution: str | None = None
    overwrite: bool = False
    only: Only | None = None
    force: bool = False


@dataclass(slots=True)
class StartedRun:
    """A run whose driver was started by this process."""

    directory: RunDirectory
    driver: subprocess.Popen[bytes]


def submit(
    file: ContractFile,
    contract: Contract,
    plan: Plan,
    settings: RunSettings,
    standby: Standby | None = None,
) -> StartedRun:
    """Freeze everything that the run depends on and let its driver run; returns when all is written.

    From the moment at which the run's directory is made until the run ends the stage is locked: by this
    process, and then by the driver. Where this raises, neither a directory nor a driver is left.

    Parameters
    ----------
    standby
        A driver that was started before the plan was made; by default one is started here.

    Raises
    ------
    PlanError
        The plan has errors; nothing was written.
    ContractError
        The function is not there.
    UsageError
        The settings ask for what there is not.
    RunBusyError
        Another run of this stage is under way.
    OutputError
        The artifact or the run directory cannot be written.
    """
    if any(finding.severity == "error" for finding in plan.findings):
        raise PlanError(f"{contract.name} cannot run as planned", plan.findings)
    if settings.batch_size is not None:
        _check_batch_size(settings.batch_size, plan.partition_count)
    if plan.pins is not None:
        _check_pins(contract, plan, settings)
    folder = file.folder.resolve()
    code = freeze(contract.function, folder)
    refuse_while_busy(folder, contract.name)
    record = resume_record(code, contract, record_format_for(contract))
    only = None
    if settings.only is not None:
        from jupyter_agilab.run.explain import explain_partitions
        from jupyter_agilab.run.selection import select

        only = select(
            settings.only,
            plan.partitions,
            lambda: explain_partitions(contract.name, folder, plan.partitions, record),
        )
    target = folder / artifact_path(contract, file.path.name)
    if target.is_symlink():
        # the file that it points to is replaced, not the link
        try:
            target = target.resolve()
        except (OSError, RuntimeError) as error:
            raise OutputError(
                f"the output {target} is a link that leads to itself", hint="remove it, then run again"
            ) from error
    prepare_target(target, folder, contract.name, overwrite=settings.overwrite)
    with ExitStack() as stack:
        lock = stack.enter_context(take_stage(folder, contract.name))
        driver = standby or stack.enter_context(driver_for(contract, settings, folder))
        newest = next(iter(run_directories(folder, contract.name)), None)
        if newest is not None and newest.run_id > driver.run_id:
            # another run came and went while this one was planned, and ids sort as the runs came
            driver.end()
            driver = stack.enter_context(driver_for(contract, settings, folder))
        run = new_run_directory(stage_home(folder, contract.name), driver.run_id)
        try:
            _freeze(run, file, contract, code, plan, settings, target, record, only)
            process = driver.begin(run, plan.threads_per_worker, lock)
            try:
                # the driver waits for it
                write_plan(plan, run.path)
            except BaseException:
                process.kill()
                process.wait()
                raise
            return StartedRun(run, process)
        except BaseException as error:
            import shutil

            # nothing has run in it
            shutil.rmtree(run.path, ignore_errors=True)
            if not isinstance(error, OSError):
                raise
            raise OutputError(
                f"the run directory {run.path} cannot be written: {error.strerror or error}",
                hint="free space or make the folder writable, then run again",
            ) from error


def driver_for(contract: Contract, settings: RunSettings, folder: Path) -> Standby:
    """Start a driver, which comes up and waits for `submit`; its ``with`` ends it where that never comes.

    Raises
    ------
    ClusterError
        No process can be started.
    """
    if settings.cluster is not None:
        from jupyter_agilab.run.clusters.service.borrow import borrowed_driver

        borrowed = borrowed_driver(settings.cluster, folder)
        if borrowed is not None:
            return borrowed
    backend = settings.backend or contract.backend
    forks = backend == "local" or (backend == "pool" and contract.execution.pool == "processes")
    try:
        return Standby(forks=forks, uses_dask=backend == "dask")
    except OSError as error:
        raise ClusterError(
            f"the run's own process cannot be started: {error.strerror or error}",
            hint="look for a limit on processes, open files or memory",
        ) from error


def _freeze(
    run: RunDirectory,
    file: ContractFile,
    contract: Contract,
    code: FrozenCode,
    plan: Plan,
    settings: RunSettings,
    target: Path,
    record: dict[str, Any],
    only: list[int] | None,
) -> None:
    folder = file.folder.resolve()
    spec = stage_spec(contract, code, record_format_for(contract), folder, run)
    reduce_code = freeze_code(run, contract, folder, code)
    write_spec(run, spec, reduce_code, contract)
    write_manifest(
        run,
        {
            "schema": SCHEMA,
            "run_id": run.run_id,
            "stage": contract.name,
            "state": "submitted",
            "submitted": time.time(),
            "submitter": os.getpid(),
            "folder": str(folder),
            "contract": {"path": str(file.path.resolve()), "text": file.text},
            "settings": dataclasses.asdict(settings) | {"only": only},
            "stage_key": spec.stage_key,
            "trial_key": trial_key(spec.stage_key, contract, reduce_code),
            "resume": record,
            "code_digest": code.digest,
            "partitions": plan.partition_count,
            "workers": plan.useful_workers,
            "threads_per_worker": plan.threads_per_worker,
            "target": str(target),
            "host": os.uname().nodename,
        },
    )


def _check_pins(contract: Contract, plan: Plan, settings: RunSettings) -> None:
    """Raise `PlanError` where pins name workers that there will not be; a cluster's are not known yet."""
    backend = settings.backend or contract.backend
    if plan.pins is None or backend == "dask":
        return
    from jupyter_agilab.run.pinning import resolve

    name = "thread" if backend == "pool" and contract.execution.pool == "threads" else "worker"
    count = 1 if backend == "local" else plan.useful_workers
    resolve(plan.pins, {f"{name}-{number}": os.uname().nodename for number in range(count)})


def _check_batch_size(size: int, partitions: int) -> None:
    if size < 1:
        raise UsageError(f"a batch has 1 partition or more; {size} was asked for")
    files = 2 * -(-partitions // size)
    if files > _MOST_FILES:
        least = -(-2 * partitions // _MOST_FILES)
        raise UsageError(
            f"{partitions:,} partitions in batches of {size:,} would make {files:,} files in the run's "
            f"directory; at most {_MOST_FILES:,} are good for a file system",
            hint=f"ask for batches of {least:,} or more, or leave the size out: it follows the times seen",
        )


def refuse_while_busy(folder: Path, stage: str) -> None:
    """Raise `RunBusyError` while a run of the stage is under way, `OutputError` where no lock can be had."""
    _wait_while_busy(folder, stage, lambda lock: True)


def take_stage(folder: Path, stage: str) -> StageLock:
    """Take the lock of a stage, for the driver; waits a moment for others who only tidy up.

    Raises
    ------
    RunBusyError, OutputError
        As `refuse_while_busy`.
    """
    make_home(stage_home(folder, stage))
    return _wait_while_busy(folder, stage, StageLock.acquire)


def _wait_while_busy(folder: Path, stage: str, take: Callable[[StageLock], bool]) -> StageLock:
    lock = StageLock(stage_home(folder, stage) / "lock")
    begun = time.monotonic()
    try:
        while True:
            is_free = lock.is_free()
            if is_free and take(lock):
                return lock
            # a driver that has written how its run ended needs a moment more to go
            newest = None if is_free else next(iter(run_directories(folder, stage)), None)
            is_ending = newest is not None and "ended" in (read_manifest(newest) or {})
            # who looks whether the lock is free holds it for an instant; so may a killed driver's child
            patience = _ENDING_PATIENCE_S if is_free or is_ending else _LOOKING_PATIENCE_S
            if time.monotonic() > begun + patience:
                raise RunBusyError(
                    f"a run of {stage!r} is under way",
                    hint=f"watch it: jupyter agilab attach {stage}; end it: jupyter agilab stop {stage}",
                )
            time.sleep(0.02)
    except OSError as error:
        raise OutputError(
            f"the lock {lock.path} cannot be taken: {error.strerror or error}",
            hint="make the contract's folder writable, on a file system that has file locks",
        ) from error


def freeze_code(run: RunDirectory, contract: Contract, folder: Path, code: FrozenCode) -> FrozenCode | None:
    """Write the source of the stage and of its custom reducer into the run; give the latter's code.

    Raises
    ------
    ContractError
        The reducer's function is not there.
    """
    reduce_code = freeze_reducer(contract, folder)
    for frozen in (code, reduce_code):
        for name, text in (frozen.sources if frozen else {}).items():
            path = run.code / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="")
    return reduce_code
