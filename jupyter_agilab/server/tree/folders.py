"""One folder of the tree, read with one look: which files are ours, and where to go on."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from jupyter_agilab.run.layout import HOME

CONTRACT_ENDING = ".parallel_stage.toml"
CONTRACT_NAME = "parallel_stage.toml"
WORKFLOW_ENDING = ".workflow.toml"
CLUSTERS_NAME = "clusters.toml"

PASSED_OVER = frozenset({"node_modules", "__pycache__", "site-packages", "lost+found"})
"""Folders in which nobody keeps stages, and which can be very large."""

_OF_THE_SYSTEM = frozenset({"/proc", "/sys", "/dev", "/run"})
_OF_AN_ENVIRONMENT = frozenset({"pyvenv.cfg", "conda-meta"})

# file systems tell times in steps of up to 2 s, and two changes may fall into one
_UNSURE_NS = 2_100_000_000


@dataclass(frozen=True, slots=True)
class Folder:
    """What a look found.

    Attributes
    ----------
    changed_ns
        The folder's time of change, as it was before the look.
    is_sure
        Whether a later change is certain to show in that time.
    folders, contracts, workflows
        Names, sorted.
    has_clusters, has_runs
        Whether ``clusters.toml`` and ``.agilab`` are there.
    """

    changed_ns: int
    is_sure: bool
    folders: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    has_clusters: bool = False
    has_runs: bool = False

    def same_as(self, other: Folder | None) -> bool:
        """Say whether another look found the same."""
        return other is not None and self.told == other.told

    @property
    def told(self) -> tuple[object, ...]:
        """What was found, without the time."""
        return (self.folders, self.contracts, self.workflows, self.has_clusters, self.has_runs)


def changed_ns_of(path: str) -> int:
    """Give a folder's time of change.

    Raises
    ------
    OSError
        It is not there, or cannot be asked.
    """
    return os.stat(path).st_mtime_ns  # noqa: PTH116  # to make a `Path` takes as long as the question itself


def look(path: str, before: Folder | None) -> Folder | None:
    """Look into a folder, where it may have changed since an earlier look; None where it cannot be read."""
    try:
        changed_ns = changed_ns_of(path)
        if before is not None and before.is_sure and before.changed_ns == changed_ns:
            return before
        with os.scandir(path) as entries:
            return _sorted_out(path, list(entries), changed_ns)
    except OSError:
        return None


def _sorted_out(path: str, entries: list[os.DirEntry[str]], changed_ns: int) -> Folder:
    folders, contracts, workflows = [], [], []
    has_clusters = has_runs = False
    for entry in entries:
        name = entry.name
        if name[0] == ".":
            has_runs = has_runs or (name == HOME and _is_folder(entry))
        elif name.endswith(".toml"):
            if name == CLUSTERS_NAME:
                has_clusters = has_clusters or _is_file(entry)
            elif name.endswith(CONTRACT_ENDING) or name == CONTRACT_NAME:
                contracts += [name] * _is_file(entry)
            elif name.endswith(WORKFLOW_ENDING):
                workflows += [name] * _is_file(entry)
        elif name in _OF_AN_ENVIRONMENT:
            # an environment has thousands of folders, and none of them is the user's
            folders = contracts = workflows = []
            has_clusters = has_runs = False
            break
        elif name not in PASSED_OVER and _is_folder(entry) and entry.path not in _OF_THE_SYSTEM:
            folders.append(name)
    return Folder(
        changed_ns=changed_ns,
        is_sure=time.time_ns() - changed_ns > _UNSURE_NS,
        folders=tuple(sorted(folders)),
        contracts=tuple(sorted(contracts)),
        workflows=tuple(sorted(workflows)),
        has_clusters=has_clusters,
        has_runs=has_runs,
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Say whether it is a folder; links are not followed: they may lead anywhere, and in circles."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False
