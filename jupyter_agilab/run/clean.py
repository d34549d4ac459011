"""Free the disk of runs that nobody needs any more.

A run goes in two steps: its directory is renamed, from which moment it is no run, and then removed. So a
clean-up that is killed leaves every run whole or not listed; the next one removes what is left. The lock of
the stage, or of the workflow, shared, keeps drivers away while a run is judged and renamed.

A workflow's run goes by the same rules as its stages' runs do, each on its own: results are in the runs of
stages, and none of those needs the workflow's.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_agilab.contract.load import read_contract
from jupyter_agilab.diagnostics import errors_in
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.reduce.registry import record_format_for
from jupyter_agilab.run.artifact import remember_artifact
from jupyter_agilab.run.code import freeze
from jupyter_agilab.run.disk_use import freed_by_removing
from jupyter_agilab.run.history import RunSummary, list_all_runs, list_runs
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.leftovers import (
    Leftover,
    leftovers,
    move_to_trash,
    remove,
    run_homes,
    staged,
    trials,
)
from jupyter_agilab.run.lock import StageLock
from jupyter_agilab.run.manifest import moved_along, read_manifest
from jupyter_agilab.run.resume_key import key_of_record, resume_record
from jupyter_agilab.run.segments import read_indexes
from jupyter_agilab.run.watch import run_state

WITHOUT_ARTIFACT = frozenset({"failed", "stopped", "interrupted"})
"""The states of runs that ended without an artifact."""

KeptReason = Literal["running", "newest", "unreduced", "link", "error"]
"""Why a run stays that was asked for: it is under way; it is the newest finished one of its stage or
workflow; it holds results that no other run has; it is a link; it could not be removed."""

_UNDER_WAY = frozenset({"submitted", "running", "reducing"})

_PATIENCE_S = 2.0
"""For so long a clean-up waits for drivers: they say that they have ended a moment before they let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which runs are to go: those for which all that is given holds. Nothing given selects no run.

    Attributes
    ----------
    stage
        Runs of this stage only, and of no workflow.
    run_ids
        Runs with one of these ids only; trials and staged tables then stay.
    older_than_s
        Runs that were started so many seconds ago, or earlier.
    keep
        All but the newest so many of each stage and of each workflow.
    states
        Runs in one of these states.
    all_runs
        Every run that the others allow, the newest finished run of each stage and workflow, the last trials
        and the staged tables included.
    force_unreduced
        Also runs that hold results which no other run has.
    """

    stage: str | None = None
    run_ids: frozenset[str] = frozenset()
    older_than_s: float | None = None
    keep: int | None = None
    states: frozenset[str] = frozenset()
    all_runs: bool = False
    force_unreduced: bool = False

    @property
    def asks_for_runs(self) -> bool:
        """Whether any run can go."""
        limits = (self.stage, self.older_than_s, self.keep)
        return (
            self.all_runs or bool(self.states or self.run_ids) or any(limit is not None for limit in limits)
        )


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that was selected and stays, with the reason in words and what to do about it."""

    run: RunSummary
    reason: KeptReason
    told: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """What a clean-up removes, or would remove.

    Attributes
    ----------
    runs, leftovers
        What goes, the newest run first.
    kept
        Selected runs that stay, each with why.
    freed_bytes
        What is free afterwards. Results that a run which stays links too are not.
    done
        Whether it was done, or only looked at.
    problems
        What could not be removed, in words.
    """

    folder: Path
    runs: tuple[RunSummary, ...]
    leftovers: tuple[Leftover, ...]
    kept: tuple[KeptRun, ...]
    freed_bytes: int
    done: bool = False
    problems: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``clean --json``."""
        return {
            "folder": str(self.folder),
            "done": self.done,
            "runs": [run.to_json() for run in self.runs],
            "leftovers": [{"path": str(each.path), "kind": each.kind} for each in self.leftovers],
            "kept": [
                {
                    "run_id": each.run.run_id,
                    "stage": each.run.stage,
                    "kind": each.run.kind,
                    "reason": each.reason,
                    "message": each.told,
                    "hint": each.hint,
                }
                for each in self.kept
            ],
            "freed_bytes": self.freed_bytes,
            "problems": list(self.problems),
        }


def look(folder: Path, selection: Selection) -> Cleaning:
    """Say what would be removed; nothing is changed.

    Parameters
    ----------
    folder
        The contracts' folder, absolute.
    """
    chosen: tuple[RunSummary, ...] = ()
    kept: tuple[KeptRun, ...] = ()
    rest = leftovers(folder, selection.stage)
    if selection.asks_for_runs:
        chosen, kept = _judge(folder, selection)
    if not selection.run_ids and (selection.all_runs or selection.older_than_s is not None):
        rest += trials(folder, selection.stage, selection.older_than_s or 0.0)
        if selection.stage is None:
            rest += staged(folder, selection.older_than_s or 0.0)
            rest = list(dict.fromkeys(rest))
    going = {Path(run.run_dir) for run in chosen}
    # what a killed process left in a run that goes, goes with it
    rest = [each for each in rest if going.isdisjoint(each.path.parents)]
    paths = [*going, *(each.path for each in rest)]
    return Cleaning(
        folder=folder,
        runs=chosen,
        leftovers=tuple(rest),
        kept=kept,
        freed_bytes=freed_by_removing(paths),
    )


def clean(folder: Path, selection: Selection, shown: Cleaning | None = None) -> Cleaning:
    """Remove what `look` gives; blocks until it is gone.

    Parameters
    ----------
    folder
        The contracts' folder, absolute.
    shown
        What somebody agreed to: nothing else goes, and of it only what may still go.
    """
    now = look(folder, selection)
    runs, rest = now.runs, now.leftovers
    if shown is not None:
        agreed = {run.run_dir for run in shown.runs}
        runs = tuple(run for run in runs if run.run_dir in agreed)
        rest = tuple(each for each in rest if each in shown.leftovers)
    gone: list[RunSummary] = []
    kept = list(now.kept)
    trash: list[Leftover] = []
    deadline = time.monotonic() + _PATIENCE_S
    for run in runs:
        outcome = _set_aside(run, deadline)
        if isinstance(outcome, KeptRun):
            kept.append(outcome)
        else:
            gone.append(run)
            trash += outcome
    freed = freed_by_removing(each.path for each in (*trash, *rest))
    problems = [told for each in (*trash, *rest) for told in _removed(each)]
    return Cleaning(
        folder=folder,
        runs=tuple(gone),
        leftovers=rest,
        kept=tuple(kept),
        freed_bytes=freed,
        done=True,
        problems=tuple(problems),
    )


def _removed(leftover: Leftover) -> list[str]:
    try:
        remove(leftover)
    except OSError as error:
        return [f"{leftover.path} cannot be removed: {error.strerror or error}"]
    return []


def _set_aside(run: RunSummary, deadline: float) -> list[Leftover] | KeptRun:
    """Make a run no run any more, unless it must stay; the list is empty where it is gone already."""
    directory = RunDirectory(Path(run.run_dir))
    lock = StageLock(directory.lock)
    try:
        with lock:
            # the lock also tells of a run that has started since the list was made
            if not _taken(lock, deadline) or run_state(directory) in _UNDER_WAY:
                return _under_way(run)
            if directory.path.is_symlink() or not directory.path.is_dir():
                return []
            remember_artifact(directory)
            return [Leftover(move_to_trash(directory.path), "removed run")]
    except FileNotFoundError:
        return []
    except OSError as error:
        told = f"it cannot be removed: {error.strerror or error}"
        return KeptRun(run, "error", told, "make the folder of the runs writable")


def _taken(lock: StageLock, deadline: float) -> bool:
    """Take a lock shared; where it is held though no run is under way, its driver is about to let go."""
    while not lock.acquire(shared=True):
        manifests = lock.path.parent.glob("*/manifest.json")
        if any(run_state(RunDirectory(each.parent)) in _UNDER_WAY for each in manifests):
            return False
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _judge(folder: Path, selection: Selection) -> tuple[tuple[RunSummary, ...], tuple[KeptRun, ...]]:
    """Give the runs that can go and those that were selected and stay, each the newest first."""
    homes = run_homes(folder, selection.stage)
    runs = list_all_runs(folder) if selection.stage is None else list_runs(folder, selection.stage)
    newest = _newest_finished(runs)
    chosen: list[RunSummary] = []
    kept: list[KeptRun] = []
    place: Counter[Path] = Counter()
    for run in runs:
        home = Path(run.run_dir).parent
        place[home] += 1
        if not _is_selected(run, selection, place[home]):
            continue
        if home not in homes or Path(run.run_dir).is_symlink():
            kept.append(KeptRun(run, "link", "its directory is a link", "remove what it leads to yourself"))
        elif run.state in _UNDER_WAY:
            kept.append(_under_way(run))
        elif run.run_dir in newest and not selection.all_runs:
            told = f"it is the newest finished run of its {run.kind}"
            told += ", which later runs take results from" if run.kind == "stage" else ""
            kept.append(KeptRun(run, "newest", told, "--all removes it too"))
        else:
            chosen.append(run)
    if not selection.force_unreduced:
        held = _Results(run for run in runs if run not in chosen or run.state == "finished")
        # the newest first: of several that hold the same, it stays
        for run in [run for run in chosen if run.state != "finished"]:
            if told := held.only_in(run):
                chosen.remove(run)
                kept.append(KeptRun(run, "unreduced", told, "run the contract again, or --force-unreduced"))
    kept.sort(key=lambda each: runs.index(each.run))
    return tuple(chosen), tuple(kept)


def _is_selected(run: RunSummary, selection: Selection, place: int) -> bool:
    """Say whether all that was given holds; `place` is the run's among those beside it, newest first."""
    if selection.run_ids and run.run_id not in selection.run_ids:
        return False
    if selection.states and run.state not in selection.states:
        return False
    if selection.older_than_s is not None and run.age_s < selection.older_than_s:
        # a damaged manifest does not tell when; its id does, roughly
        return False
    return selection.keep is None or place > selection.keep


def _newest_finished(runs: Iterable[RunSummary]) -> set[str]:
    """Give the directories of the newest finished run of each stage and workflow."""
    found: dict[Path, str] = {}
    for run in runs:
        if run.state == "finished":
            found.setdefault(Path(run.run_dir).parent, run.run_dir)
    return set(found.values())


def _under_way(run: RunSummary) -> KeptRun:
    stop = "workflow stop" if run.kind == "workflow" else "stop"
    told = f"a run of its {run.kind} is under way"
    return KeptRun(run, "running", told, f"jupyter agilab {stop} {run.stage}")


class _Results:
    """The results that runs which stay hold, or that are in an artifact: by code and by partition.

    What only a run that goes holds is worth keeping where the contract, as it is now, would take it over.
    """

    def __init__(self, staying: Iterable[RunSummary]) -> None:
        self._staying = [RunDirectory(Path(run.run_dir)) for run in staying]
        self._keys: dict[str, set[str]] = {}
        self._current: dict[tuple[Path, str], str | None] = {}

    def only_in(self, run: RunSummary) -> str:
        """Say what only this run holds, empty where that is nothing; it counts as held from then on."""
        directory = RunDirectory(Path(run.run_dir))
        manifest = read_manifest(directory) or {}
        key = manifest.get("stage_key")
        contract = (manifest.get("contract") or {}).get("path")
        if not isinstance(key, str) or not isinstance(contract, str):
            return ""
        setup = (manifest.get("resume") or {}).get("setup", "")
        current = self._key_of(moved_along(directory, manifest, Path(contract)), str(setup))
        if current is not None and current != key:
            return ""
        own = _keys_in(directory)
        held = self._held(key)
        only = own - held
        held |= own
        if not only:
            return ""
        what = "1 partition" if len(only) == 1 else f"{len(only):,} partitions"
        if current is None:
            return f"it holds results of {what} that no other run has, and its contract cannot be read now"
        return f"it holds results of {what} that no other run has and the contract can go on from"

    def _held(self, key: str) -> set[str]:
        if key not in self._keys:
            runs = [run for run in self._staying if (read_manifest(run) or {}).get("stage_key") == key]
            self._keys[key] = set().union(*map(_keys_in, runs))
        return self._keys[key]

    def _key_of(self, path: Path, setup: str) -> str | None:
        """Give the stage key of a contract as it is now, as `current_stage_key`."""
        if (path, setup) not in self._current:
            self._current[path, setup] = current_stage_key(path, setup)
        return self._current[path, setup]


def current_stage_key(path: Path, setup: str = "") -> str | None:
    """Give what the results of a contract must go by to be taken over now.

    `setup` is the digest of the code of its group's ``setup`` where results depend on that: only the workflow
    knows whether it is another one by now, so it is taken to be as it was.

    Empty where the contract is gone; None where it, or its function, cannot be read.
    """
    if not path.is_file():
        return ""
    try:
        file = read_contract(path)
        if file.contract is None or errors_in(file.findings):
            return None
        code = freeze(file.contract.function, file.folder.resolve())
        record = resume_record(code, file.contract, record_format_for(file.contract))
        return key_of_record(record | ({"setup": setup} if setup else {}))
    except (AgilabError, OSError):
        return None


def _keys_in(run: RunDirectory) -> set[str]:
    return {key for index in read_indexes(run.segments) for key in index.keys}
