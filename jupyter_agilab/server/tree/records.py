"""Records of runs, of stages or of workflows: each manifest is read once for each of its versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from stat import S_ISREG
from typing import Generic, TypeVar

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.watch import run_state
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.tree.run_records import DAMAGE, RunRecord
from jupyter_agilab.server.tree.workflow_records import WorkflowRecord

R = TypeVar("R", RunRecord, WorkflowRecord)


class Records(Generic[R]):
    """Reads records.

    Parameters
    ----------
    read
        Gives the record as the manifest has it.
    """

    def __init__(self, root: Root, read: Callable[[RunDirectory, Root], R]) -> None:
        self._root = root
        self._read: Callable[[RunDirectory, Root], R] = read
        self._known: dict[Path, tuple[tuple[int, int, int], R]] = {}

    def of(self, path: Path) -> R | None:
        """Give the record of a run's directory; None where it has no manifest.

        Of a run that has not ended the state is looked for anew each time: its driver may be gone.
        """
        try:
            facts = (path / "manifest.json").lstat()
        except OSError:
            self._known.pop(path, None)
            return None
        if not S_ISREG(facts.st_mode):
            # a link may lead anywhere
            self._known.pop(path, None)
            return None
        run = RunDirectory(path)
        version = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        known = self._known.get(path)
        if known is None or known[0] != version:
            known = self._known[path] = (version, self._read(run, self._root))
        record = known[1]
        if record.has_ended:
            return record
        try:
            return replace(record, state=run_state(run))
        except DAMAGE:
            return replace(record, state="interrupted")

    def keep_only(self, paths: set[Path]) -> None:
        """Forget all others."""
        if len(self._known) > len(paths):
            # a copy: requests about one run read records meanwhile, in threads of their own
            self._known = {path: each for path, each in self._known.copy().items() if path in paths}
