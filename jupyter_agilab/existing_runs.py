"""What one does with runs that are there: list, watch, stop, and take the result. Nothing is run.

Part of `jupyter_agilab.api`, which offers all of these by the same names.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_agilab.errors import RunFailedError
from jupyter_agilab.run.layout import RunDirectory, find_run
from jupyter_agilab.run.manifest import artifact_of, read_manifest

if TYPE_CHECKING:
    from jupyter_agilab.result import StageResult
    from jupyter_agilab.run.history import RunSummary
    from jupyter_agilab.run.logs import RunLogs
    from jupyter_agilab.run.story.story import RunStory
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
    from jupyter_agilab.result import StageResult

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


def runs(
    folder: str | Path = ".", stage: str | None = None, *, states: Collection[str] = ()
) -> list[RunSummary]:
    """List the runs of the contracts in `folder`, newest first; of one stage and in some states."""
    from jupyter_agilab.run.history import list_runs

    return list_runs(Path(folder).resolve(), stage, states)


def newest_run(folder: str | Path, stage: str) -> dict[str, Any] | None:
    """Give the facts of a stage's newest run, from its manifest alone; None where there is none.

    They are ``run``, ``state``, ``submitted`` (seconds since the epoch), ``seconds``, ``partitions``,
    ``finished``, ``failed``, ``reused`` and ``message``.
    """
    from jupyter_agilab.run.layout import run_directories
    from jupyter_agilab.run.watch import run_state

    directories = run_directories(Path(folder).resolve(), stage)
    if not directories:
        return None
    manifest = read_manifest(directories[0]) or {}
    numbers = {name: int(manifest.get(name) or 0) for name in ("partitions", "finished", "failed", "reused")}
    return {
        "run": directories[0].run_id,
        "state": run_state(directories[0]),
        "submitted": float(manifest.get("submitted") or 0.0),
        "seconds": float(manifest.get("seconds") or 0.0),
        **numbers,
        "message": str(manifest.get("message") or ""),
    }


def attach(name: str, folder: str | Path = ".") -> RunWatch:
    """Give a watch on a run, by its id or the start of it, its directory, or its stage (the newest run).

    Raises
    ------
    RunNotFoundError
        Nothing, or more than one run, goes by that name.
    """
    from jupyter_agilab.run.watch import RunWatch

    return RunWatch(find_run(Path(folder).resolve(), name))


def stop(name: str, folder: str | Path = ".") -> RunStatus:
    """Stop a run; blocks until its driver has ended, 15 s at most. What is finished is kept.

    Raises
    ------
    RunNotFoundError
        As `attach`.
    """
    from jupyter_agilab.run.stop import stop_run

    return stop_run(find_run(Path(folder).resolve(), name))


def logs(name: str | Path, folder: str | Path = ".") -> RunLogs:
    """Give what the partitions of a run printed; the run may still be going on.

    ``logs("clean").lines(grep="WARN")`` gives the lines in which that stands, in the order of the plan.

    Raises
    ------
    RunNotFoundError
        As `attach`.
    """
    from jupyter_agilab.run.logs import RunLogs

    return RunLogs(find_run(Path(folder).resolve(), str(name)))


def story(name: str | Path, folder: str | Path = ".") -> RunStory:
    """Give all that is known about a run in any state, as plain data: what its report tells.

    Reads what the run wrote; takes about a second for 100,000 partitions.

    Raises
    ------
    RunNotFoundError
        As `attach`.
    """
    from jupyter_agilab.run.story.story import tell

    return tell(find_run(Path(folder).resolve(), str(name)))


def failure_text(status: RunStatus) -> str:
    """Say how a run ended: the first causes with the user's tracebacks, the rest counted."""
    from jupyter_agilab.run.causes import SHOWN_CAUSES, message_of, rest_of, title_of

    done = f"{status.done:,} of {status.partitions:,} partitions have a result"
    head = {
        "partial": f"{status.stage}: the run finished without {status.missing:,} partitions; {done}",
        "failed": f"{status.stage}: the run failed; {done}",
        "stopped": f"{status.stage}: the run was stopped; {done}",
        "interrupted": f"{status.stage}: the run was interrupted; {done}",
    }.get(status.state, f"{status.stage}: {status.state}; {done}")
    parts = [head]
    if status.message:
        parts.append(status.message)
    if status.state == "partial":
        parts.append(f"the artifact lacks them: {status.artifact}")
    for cause in status.causes[:SHOWN_CAUSES]:
        told = cause.example["traceback"].rstrip() or f"{cause.error_type}: {message_of(cause.example)}"
        parts.append(f"{title_of(cause)}: {told}")
    return "\n".join(filter(None, [*parts, rest_of(status.causes)]))


def _next_step(status: RunStatus) -> str:
    if status.failed:
        return "correct the function or its input and run again: finished partitions are not run twice"
    return "run again to go on: finished partitions are not run twice"
