"""Submit: freeze a contract, its code and its plan into a run directory, and start the driver."""

from __future__ import annotations

import atexit
import dataclasses
import os
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.load import ContractFile
from jupyter_agilab.contract.model import Backend, Contract
from jupyter_agilab.errors import OutputError, PlanError, RunBusyError, UsageError
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.store import write_plan
from jupyter_agilab.reduce.registry import record_format_for
from jupyter_agilab.run.artifact import prepare_target
from jupyter_agilab.run.code import FrozenCode, freeze, freeze_reducer
from jupyter_agilab.run.layout import RunDirectory, new_run_directory, run_directories, stage_home
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.manifest import SCHEMA, read_manifest, write_manifest
from jupyter_agilab.run.resume_key import resume_record, trial_key
from jupyter_agilab.run.spec import stage_spec, write_spec
from jupyter_agilab.run.threads_per_worker import thread_environment

if TYPE_CHECKING:
    from jupyter_agilab.run.selection import Only

_ENDING_PATIENCE_S = 5.0
# each batch leaves its results and their index
_MOST_FILES = 100_000
_drivers: list[subprocess.Popen[bytes]] = []


@atexit.register
def _leave_drivers() -> None:
    """Let drivers run on when this process ends, without Python's warning that they still do."""
    for driver in _drivers:
        driver.returncode = driver.poll() or 0


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
    overwrite: bool = False
    only: Only | None = None
    force: bool = False


@dataclass(slots=True)
class StartedRun:
    """A run whose driver was started by this process."""

    directory: RunDirectory
    driver: subprocess.Popen[bytes]


def submit(file: ContractFile, contract: Contract, plan: Plan, settings: RunSettings) -> StartedRun:
    """Freeze everything that the run depends on and start its driver; returns when all is written.

    The driver comes up while the plan is written, and waits for it.

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
    run = new_run_directory(folder, contract.name)
    try:
        return _freeze_and_start(run, file, contract, code, plan, settings, target, record, only)
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


def _freeze_and_start(
    run: RunDirectory,
    file: ContractFile,
    contract: Contract,
    code: FrozenCode,
    plan: Plan,
    settings: RunSettings,
    target: Path,
    record: dict[str, Any],
    only: list[int] | None,
) -> StartedRun:
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
    backend = settings.backend or contract.backend
    forks = backend == "local" or (backend == "pool" and contract.execution.pool == "processes")
    driver = start_driver(run, plan.threads_per_worker, forks=forks)
    try:
        write_plan(plan, run.path)
    except BaseException:
        driver.kill()
        driver.wait()
        raise
    return StartedRun(run, driver)


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
    """Raise `RunBusyError` while a driver holds the stage, `OutputError` where no lock can be had."""
    lock = StageLock(stage_home(folder, stage) / "lock")
    deadline = time.monotonic() + _ENDING_PATIENCE_S
    while not _is_free(lock):
        # a driver that has written how its run ended needs a moment more to go
        newest = next(iter(run_directories(folder, stage)), None)
        is_ending = newest is not None and "ended" in (read_manifest(newest) or {})
        if not is_ending or time.monotonic() > deadline:
            raise RunBusyError(
                f"a run of {stage!r} is under way",
                hint=f"watch it: jupyter agilab attach {stage}; end it: jupyter agilab stop {stage}",
            )
        time.sleep(0.02)


def _is_free(lock: StageLock) -> bool:
    try:
        return lock.is_free()
    except OSError as error:
        raise OutputError(
            f"the lock {lock.path} cannot be taken: {error.strerror or error}",
            hint="make the contract's folder writable, on a file system that has file locks",
        ) from error


def start_driver(run: RunDirectory, threads: int, *, forks: bool) -> subprocess.Popen[bytes]:
    """Start the driver in a session of its own: it outlives the terminal, the kernel and the browser.

    `forks` says that its workers will come from a fork server, which can then come up beside it.
    """
    # those that have ended are reaped here; those that still run must not be complained about
    _drivers[:] = [driver for driver in _drivers if driver.poll() is None]
    with run.driver_log.open("ab") as log:
        driver = subprocess.Popen(
            # -P: a file of the user's named like a module of Python's must not be imported in its place
            [sys.executable, "-P", "-m", "jupyter_agilab.run", str(run.path), *(["forks"] if forks else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=driver_environment(threads),
        )
    _drivers.append(driver)
    return driver


def driver_environment(threads: int) -> dict[str, str]:
    """Give the environment of a driver: ours, with thread counts for numerical libraries, unbuffered."""
    env = {**os.environ, **thread_environment(threads)}
    # what C code and other programs print must be in the log also when their process dies
    env.setdefault("PYTHONUNBUFFERED", "1")
    package_root = str(Path(__file__).parents[2])
    if package_root not in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        # the driver must be this very version, also where the package is not installed
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [package_root, env.get("PYTHONPATH", "")]))
    return env


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
