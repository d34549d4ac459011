"""What is known of the folder tree, brought up to date when somebody asks.

A refresh asks each folder for its time of change, and looks into those alone that changed. So it takes some
microseconds for each folder, however many files the tree has; no thread and no timer is needed in between.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from jupyter_agilab.errors import RunNotFoundError
from jupyter_agilab.run.layout import HOME, RunDirectory
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.tree.folders import (
    CLUSTERS_NAME,
    CONTRACT_ENDING,
    WORKFLOW_ENDING,
    Folder,
    changed_ns_of,
    look,
)
from jupyter_agilab.server.tree.heads import Head, Heads
from jupyter_agilab.server.tree.listing import ClustersEntry, ContractEntry, Listing, WorkflowEntry
from jupyter_agilab.server.tree.records import R, Records
from jupyter_agilab.server.tree.run_records import RunRecord, run_record
from jupyter_agilab.server.tree.workflow_records import WorkflowRecord, workflow_record

MOST_FOLDERS = 200_000
MOST_FILES = 20_000
MOST_RUNS = 20_000
_DEEPEST = 100
_NO_FOLDER = Folder(changed_ns=-1, is_sure=True)


class TreeIndex:
    """The tree below the server's folder; may be used from several threads.

    Links to folders are not followed: they may lead anywhere, and in circles.
    """

    def __init__(self, root: Root) -> None:
        self.root = root
        self._turn = threading.Lock()
        self._begun = 0.0
        self._listing = Listing(revision=int(time.time() * 1000))
        self._folders: dict[str, Folder] = {}
        self._homes: dict[str, Folder] = {}
        self._heads = Heads()
        self._records = Records(root, run_record)
        self._workflow_records = Records(root, workflow_record)

    @property
    def listing(self) -> Listing:
        """What was known at the last refresh."""
        return self._listing

    @property
    def folder_count(self) -> int:
        """Folders that were looked into."""
        return len(self._folders)

    def refresh(self) -> Listing:
        """Bring it up to date and give it; who asks while another refresh goes on waits for a new one."""
        asked = time.monotonic()
        with self._turn:
            if self._begun < asked:
                self._begun = time.monotonic()
                self._listing = self._made(*self._walked(), self._listing)
            return self._listing

    def refresh_if_changed(self) -> Listing:
        """Bring the runs up to date where the time of change of a folder that has to do with them is another.

        Costs a question to the file system for each folder with contracts or runs, and no more.
        """
        with self._turn:
            is_same = all(
                folder.is_sure and _changed_ns(path) == folder.changed_ns
                for path, folder in self._known_places()
            )
        return self._listing if is_same else self.refresh_runs()

    def _known_places(self) -> Iterator[tuple[str, Folder]]:
        for path, folder in self._folders.items():
            if _is_ours(folder):
                yield path, folder
        yield from self._homes.items()

    def refresh_runs(self) -> Listing:
        """Bring the runs of the folders that are known up to date: much cheaper than all of the tree."""
        asked = time.monotonic()
        with self._turn:
            if self._begun < asked:
                folders = self._folders
                again = {path: look(path, folder) for path, folder in folders.items() if _is_ours(folder)}
                folders = folders | {path: folder for path, folder in again.items() if folder is not None}
                self._listing = self._made(folders, self._listing.is_whole, self._listing)
            return self._listing

    def record(self, run: RunDirectory) -> RunRecord:
        """Give the record of one run as it is now.

        Raises
        ------
        RunNotFoundError
            It is not there any more.
        """
        # not in turn: a look at a large tree may take long
        record = self._records.of(run.path)
        if record is None:
            raise RunNotFoundError(f"there is no run {run.run_id!r} of {run.stage!r} any more")
        return record

    def _walked(self) -> tuple[dict[str, Folder], bool]:
        """Go through all folders that are not passed over."""
        found: dict[str, Folder] = {}
        is_whole = True
        waiting = [(str(self.root.path), 0)]
        files = 0
        while waiting:
            path, depth = waiting.pop()
            folder = look(path, self._folders.get(path))
            if folder is None:
                continue
            found[path] = folder
            files += len(folder.contracts) + len(folder.workflows)
            if len(found) >= MOST_FOLDERS or files > MOST_FILES:
                return found, False
            if depth < _DEEPEST:
                base = path if path.endswith("/") else f"{path}/"
                waiting += [(base + name, depth + 1) for name in folder.folders]
            elif folder.folders:
                is_whole = False
        self._folders = found
        return found, is_whole

    def _made(self, folders: dict[str, Folder], is_whole: bool, before: Listing) -> Listing:
        self._folders = folders
        homes = [path for path, folder in folders.items() if folder.has_runs]
        known: dict[str, Folder] = {}
        runs = self._found(homes, "runs", self._records, known)
        workflow_runs = self._found(homes, "workflows", self._workflow_records, known)
        self._homes = known
        of_workflow: dict[tuple[str, str], list[WorkflowRecord]] = defaultdict(list)
        for each in workflow_runs:
            of_workflow[each.folder, each.name].append(each)
        of_stage: dict[tuple[str, str], list[RunRecord]] = defaultdict(list)
        for run in runs:
            of_stage[run.folder, run.stage].append(run)
        contracts, workflows, clusters = [], [], []
        read: set[str] = set()
        prefix = len(str(self.root.path).rstrip("/")) + 1
        for path, folder in folders.items():
            if not (folder.contracts or folder.workflows or folder.has_clusters):
                continue
            told = path[prefix:]
            base = f"{told}/" if told else ""
            for name in folder.contracts:
                if (head := self._head(path, name, read)) is not None:
                    stage = head.name or _stem(name, CONTRACT_ENDING)
                    own = of_stage.get((told, stage), [])
                    contracts.append(
                        ContractEntry(
                            path=base + name,
                            folder=told,
                            stage=stage,
                            is_readable=head.is_readable,
                            run_count=len(own),
                            last_run=own[0] if own else None,
                        )
                    )
            for name in folder.workflows:
                if (head := self._head(path, name, read)) is not None:
                    called = head.name or _stem(name, WORKFLOW_ENDING)
                    had = of_workflow.get((told, called), [])
                    workflows.append(
                        WorkflowEntry(
                            path=base + name,
                            folder=told,
                            name=called,
                            is_readable=head.is_readable,
                            run_count=len(had),
                            last_run=had[0] if had else None,
                        )
                    )
            if folder.has_clusters and (head := self._head(path, CLUSTERS_NAME, read)) is not None:
                clusters.append(
                    ClustersEntry(
                        path=base + CLUSTERS_NAME,
                        folder=told,
                        is_readable=head.is_readable,
                        clusters=head.tables,
                    )
                )
        self._heads.keep_only(read)
        made = Listing(
            revision=before.revision,
            contracts=tuple(sorted(contracts, key=_by_path)),
            workflows=tuple(sorted(workflows, key=_by_path)),
            clusters=tuple(sorted(clusters, key=_by_path)),
            runs=tuple(runs),
            workflow_runs=tuple(workflow_runs),
            is_whole=is_whole and len(runs) < MOST_RUNS,
        )
        if made == before:
            return before
        # later than what an earlier server told
        return replace(made, revision=max(before.revision + 1, int(time.time() * 1000)))

    def _head(self, folder: str, name: str, read: set[str]) -> Head | None:
        path = f"{folder}/{name}"
        read.add(path)
        return self._heads.of(path)

    def _found(self, folders: list[str], kind: str, records: Records[R], known: dict[str, Folder]) -> list[R]:
        """Give the runs of some folders, of stages or of workflows, newest first."""
        found: dict[Path, R] = {}
        for folder in folders:
            home = f"{folder}/{HOME}/{kind}"
            # a link may lead anywhere
            names = self._looked(home, known) if not Path(home).is_symlink() else None
            for name in names.folders if names else ():
                runs = self._looked(f"{home}/{name}", known)
                for run_id in runs.folders if runs else ():
                    path = Path(f"{home}/{name}/{run_id}")
                    record = records.of(path)
                    if record is None:
                        # it is being made: its manifest will show in its own time of change
                        self._looked(str(path), known)
                    elif len(found) < MOST_RUNS:
                        found[path] = record
        records.keep_only(set(found))
        return sorted(found.values(), key=lambda run: run.run_id, reverse=True)

    def _looked(self, path: str, known: dict[str, Folder]) -> Folder | None:
        folder = look(path, self._homes.get(path))
        # where there is none yet, that one is made is a change too
        known[path] = folder or _NO_FOLDER
        return folder


def _is_ours(folder: Folder) -> bool:
    return bool(folder.has_runs or folder.contracts or folder.workflows)


def _changed_ns(path: str) -> int:
    try:
        return changed_ns_of(path)
    except OSError:
        return _NO_FOLDER.changed_ns


def _stem(name: str, ending: str) -> str:
    return name.removesuffix(ending) if name.endswith(ending) else name.removesuffix(".toml")


def _by_path(entry: ContractEntry | WorkflowEntry | ClustersEntry) -> str:
    return entry.path
