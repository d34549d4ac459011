"""What one does with runs that are there: list, watch, stop, and take the result. Nothing is run.

Part of `jupyter_agilab.api`, which offers all of these by the same names.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_agilab.errors import RunFailedError
from jupyter_agilab.result import StageResult
from jupyter_agilab.run.history import RunSummary, list_runs
from jupyter_agilab.run.layout import RunDirectory, find_run
from jupyter_agilab.run.manifest import artifact_of, read_manifest
from jupyter_agilab.run.stop import stop_run
from jupyter_agilab.run.watch import RunStatus, RunWatch


def result_of_status(status: RunStatus) -> StageResult:
    """Give the result of a run that has ended.

    Raises
    ------
    RunFailedError
        It has no artifact.
    """
    if status.state != "finished":
        raise RunFailedError(failure_text(status), hint=_next_step(status))
    return result_of(RunDirectory(Path(status.run_dir)))


def result_of(directory: RunDirectory) -> StageResult:
    """Give the result of a finished run from its directory.

    Raises
    ------
    RunFailedError
        The run has no artifact, or the file is gone.
    """
    manifest = read_manifest(directory) or {}
    artifact = manifest.get("artifact") or {}
    path = artifact_of(directory, manifest)
    if manifest.get("state") != "finished" or path is None or not path.is_file():
        raise RunFailedError(
            f"run {directory.run_id} of {directory.stage!r} has no artifact", hint="run the contract again"
        )
    return StageResult(
        stage=directory.stage,
        run_id=directory.run_id,
        run_dir=directory.path,
        path=path,
        records_count=artifact["records"],
        columns=tuple(artifact["columns"]),
        size_bytes=artifact["size"],
        partitions=manifest["partitions"],
        reused=manifest["reused"],
        seconds=manifest["seconds"],
    )


def runs(folder: str | Path = ".", stage: str | None = None) -> list[RunSummary]:
    """List the runs of the contracts in `folder`, newest first."""
    return list_runs(Path(folder).resolve(), stage)


def attach(name: str, folder: str | Path = ".") -> RunWatch:
    """Give a watch on a run, by its id or the start of it, its directory, or its stage (the newest run).

    Raises
    ------
    RunNotFoundError
        Nothing, or more than one run, goes by that name.
    """
    return RunWatch(find_run(Path(folder).resolve(), name))


def stop(name: str, folder: str | Path = ".") -> RunStatus:
    """Stop a run; blocks until its driver has ended, 15 s at most. What is finished is kept.

    Raises
    ------
    RunNotFoundError
        As `attach`.
    """
    return stop_run(find_run(Path(folder).resolve(), name))


def failure_text(status: RunStatus) -> str:
    """Say how a run ended: the first failures with the user's tracebacks, the rest counted."""
    done = f"{status.done:,} of {status.partitions:,} partitions have a result"
    head = {
        "failed": f"{status.stage}: the run failed; {done}",
        "stopped": f"{status.stage}: the run was stopped; {done}",
        "interrupted": f"{status.stage}: the run was interrupted; {done}",
    }.get(status.state, f"{status.stage}: {status.state}; {done}")
    parts = [head]
    if status.message:
        parts.append(status.message)
    for failure in status.failures:
        where = f", line {failure['cell_line']} of the cell" if failure["cell_line"] else ""
        title = f"partition {failure['index']} ({failure['described']}){where}: "
        parts.append(
            title + (failure["traceback"].rstrip() or f"{failure['error_type']}: {failure['message']}")
        )
    more = status.failed - len(status.failures)
    if more > 0:
        parts.append(f"... and {more:,} more failed partitions")
    return "\n".join(parts)


def _next_step(status: RunStatus) -> str:
    if status.failed:
        return "correct the function or its input and run again: finished partitions are not run twice"
    return "run again to go on: finished partitions are not run twice"
