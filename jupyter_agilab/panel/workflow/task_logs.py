"""A log and an error file for each task of a stage, as batch systems write: ``STAGE/ID.log`` and ``.err``.

They hold what that task alone printed, in all its attempts, and an error file ends with the traceback of one
that failed. The run keeps the same in a few large files, see `jupyter_agilab.run.logs`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from jupyter_agilab.atomic import write_text
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.logs import PartitionLog, RunLogs

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+=,@")
_LONGEST = 120


def write_task_logs(
    run: RunDirectory,
    folder: Path,
    indexes: Collection[int],
    name_of: Callable[[int], str],
    errors: Mapping[int, str],
) -> None:
    """Write the two files of some tasks; both are written also for a task that printed nothing.

    Parameters
    ----------
    run
        The stage's run.
    folder
        Where they go; it is made.
    indexes
        The tasks that have ended, as plan indexes.
    name_of
        Gives a task's name, of which the files' names are made.
    errors
        What the error file ends with, by index: a traceback, or why the task was not run.

    Raises
    ------
    OSError
        They cannot be written.
    """
    if not indexes:
        return
    folder.mkdir(parents=True, exist_ok=True)
    printed: dict[int, list[PartitionLog]] = {index: [] for index in indexes}
    for log in RunLogs(run).partitions(indexes):
        if log.index is not None:
            printed[log.index].append(log)
    for index, logs in printed.items():
        name = file_name(name_of(index))
        write_text(folder / f"{name}.log", "".join(log.text("stdout") for log in logs))
        told = "".join(log.text("stderr") for log in logs)
        error = errors.get(index, "").rstrip()
        write_text(folder / f"{name}.err", f"{told}{error}\n" if error else told)


def file_name(name: str) -> str:
    """Make a name that every file system takes; what it lacks becomes ``_``."""
    made = "".join(letter if letter in _LETTERS else "_" for letter in name)[:_LONGEST]
    return made if made.strip(".") else f"_{made}"
