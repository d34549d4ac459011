"""Why each partition will run again, or will not: one reason for each, before anything runs.

Only what earlier runs left is read. The check that results are whole reads their data up to a limit, newest
first; a run itself reads all that it takes over.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.hindsight import Hindsight, damaged
from jupyter_agilab.run.input_changes import InputSizes
from jupyter_agilab.run.layout import run_directories
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.past import PastRun
from jupyter_agilab.run.reasons import Explanation, Reason
from jupyter_agilab.run.resume_key import key_of_record, resume_keys

CHECKED_BYTES = 256 * 1024 * 1024
# runs that say nothing new about what is left; after so many the rest has never run
_FRUITLESS = 5


def explain_partitions(
    stage: str,
    folder: Path,
    partitions: Sequence[Partition],
    record: dict[str, Any],
    *,
    checked_bytes: int = CHECKED_BYTES,
) -> Explanation:
    """Say of each partition why a run of now would do it, or would not; runs and changes nothing.

    Parameters
    ----------
    stage, folder
        The contract's name, and the folder that it lies in.
    partitions
        The plan's.
    record
        What results depend on now, see `jupyter_agilab.run.resume_key.resume_record`.
    checked_bytes
        How much stored data is read to see that it is whole.
    """
    return _Search(stage, folder, partitions, record, checked_bytes).explanation()


class _Search:
    """Goes through earlier runs, newest first, until each partition has its reason."""

    def __init__(
        self,
        stage: str,
        folder: Path,
        partitions: Sequence[Partition],
        record: dict[str, Any],
        checked_bytes: int,
    ) -> None:
        self._stage, self._partitions, self._record = stage, partitions, record
        self._key = key_of_record(record)
        self._checked_bytes = checked_bytes
        self._runs = [
            PastRun(run, manifest)
            for run in run_directories(folder, stage)
            if (manifest := read_manifest(run)) is not None
        ]
        self._reasons: dict[Reason, int] = {}
        self._numbers = array("l", [-1]) * len(partitions)
        self._sizes = InputSizes()

    def explanation(self) -> Explanation:
        """Search, and give what was found."""
        if self._runs:
            # kept as text: a partition takes several times as much
            fingerprints, ids = [], []
            for partition in self._partitions:
                fingerprints.append(partition.fingerprint)
                ids.append(partition.id)
                self._sizes.add(partition)
            self._find_results(fingerprints)
            if -1 in self._numbers:
                self._explain_others(fingerprints, ids)
        if -1 in self._numbers:
            never = self._number(Reason("never", "never ran"))
            self._numbers = array("l", (never if number < 0 else number for number in self._numbers))
        return Explanation(self._stage, self._partitions, list(self._reasons), self._numbers)

    def _find_results(self, fingerprints: Sequence[str]) -> None:
        """Find what a run of now would take over, and what it would take over if it were whole."""
        wanted = {key: index for index, key in enumerate(resume_keys(self._key, fingerprints))}
        for past in self._runs:
            if not wanted:
                return
            if past.stage_key != self._key:
                continue
            reused = self._number(Reason("reused", f"reused from run {past.run_id}", past.run_id))
            for index in past.indexes():
                found = [key for key in index.keys if key in wanted]
                if not found:
                    continue
                self._checked_bytes -= index.size
                is_whole = self._checked_bytes < 0 or index.data_is_whole()
                number = reused if is_whole else self._number(damaged(past))
                for key in found:
                    self._numbers[wanted[key]] = number
                    if is_whole:
                        del wanted[key]

    def _explain_others(self, fingerprints: Sequence[str], ids: Sequence[str]) -> None:
        """Explain what will run by what the newest run that knows of it has to say."""
        left = {ids[index]: index for index, number in enumerate(self._numbers) if number < 0}
        fruitless = 0
        for past in self._runs:
            if not left or fruitless == _FRUITLESS:
                return
            before = len(left)
            hindsight = Hindsight(past, self._key, self._record, self._sizes)
            untold = set()
            for place, entry in enumerate(hindsight.entries):
                index = left.get(entry["id"])
                if index is None:
                    continue
                reason = hindsight.reason(place, fingerprints[index], entry.get("source", ""))
                if reason is None:
                    untold.add(entry["id"])
                else:
                    self._numbers[index] = self._number(reason)
                    del left[entry["id"]]
            for name, index in list(left.items()) if self._sizes else ():
                reason = None
                if name not in untold:
                    reason = hindsight.of_other_slice(self._partitions[index].source)
                if reason is not None:
                    self._numbers[index] = self._number(reason)
                    del left[name]
            fruitless = 0 if len(left) < before else fruitless + 1

    def _number(self, reason: Reason) -> int:
        return self._reasons.setdefault(reason, len(self._reasons))
