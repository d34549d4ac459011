"""Run one partition of a run again, to see what it does. Nothing is written into the run.

Part of `jupyter_agilab.api`, which offers these by the same names.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_agilab.run.layout import RunDirectory, find_run, run_directories

if TYPE_CHECKING:
    from jupyter_agilab.run.replay_process import ReplayReport


def replay(
    name: str,
    partition: str | int = "",
    folder: str | Path = ".",
    *,
    current: bool = False,
    debugger: bool = False,
    keep_output: bool = True,
) -> ReplayReport:
    """Run one partition again in a fresh process, as it was frozen in the run; blocks until it is done.

    It gets the code, the arguments, the seed, the working directory and the limits of threads that it had in
    the run. Its input is what is there now.

    Parameters
    ----------
    name
        The run: its id or the start of it, its directory, or its stage (the newest run).
    partition
        Its index, or its id or the start of it; without one, the first partition that failed.
    current
        Run the present code with the present parameters instead, to see whether a correction helps.
    debugger
        Open a debugger on the author's line where it raises; needs a terminal.
    keep_output
        Whether what it prints is in the report; otherwise it is shown as it comes.

    Raises
    ------
    RunNotFoundError
        Nothing, or more than one run, goes by that name.
    UsageError
        The run has no such partition.
    ContractError
        The present contract or function cannot be used.
    """
    from jupyter_agilab.private_folder import private_folder
    from jupyter_agilab.run.replay import find_replay
    from jupyter_agilab.run.replay_process import replay_in_process

    run = find_run(Path(folder).resolve(), name)
    with ExitStack() as stack:
        own = stack.enter_context(private_folder())
        present = stack.enter_context(private_folder()) if current else None
        found = find_replay(run, str(partition), current=present)
        return replay_in_process(found, own, debugger=debugger, keep_output=keep_output)


def newest_failed_run(folder: str | Path = ".") -> RunDirectory | None:
    """Give the newest run below a folder in which a partition failed; None where there is none."""
    from jupyter_agilab.run.events import EventReader
    from jupyter_agilab.run.manifest import read_manifest

    for run in run_directories(Path(folder).resolve()):
        failed = (read_manifest(run) or {}).get("failed")
        if failed is None:
            # it goes on, or ended without a word
            failed = any(event["type"] == "partition.failed" for event in EventReader(run.events).read())
        if failed:
            return run
    return None
