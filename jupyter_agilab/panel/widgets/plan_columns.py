"""A plan's partitions as columns: what sorting, searching and drawing a million of them needs."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.stored import StoredPartitions

_STEP = 2048


class PlanColumns:
    """Reads partitions bit by bit, whenever somebody has time for it.

    Attributes
    ----------
    count
        How many partitions there are.
    weights, planned, rows
        Expected work, planned worker and number of rows (0 where that is not known) of each partition.
    ids
        The id of each.
    known
        So many are in the columns; weights and workers of a plan in memory are there from the start.
    """

    def __init__(self, plan: Plan) -> None:
        self.count = plan.partition_count
        self.partitions: Sequence[Partition] = plan.partitions
        self._stored = self.partitions if isinstance(self.partitions, StoredPartitions) else None
        self.weights: NDArray[np.float64] = np.zeros(self.count)
        self.planned: NDArray[np.int32] = np.zeros(self.count, np.int32)
        self.rows: NDArray[np.int64] = np.zeros(self.count, np.int64)
        self.ids: NDArray[np.bytes_] = np.zeros(self.count, "S16")
        self.known = 0
        self._text = bytearray()
        self._ends = array("q")
        self._lock = threading.RLock()
        if self._stored is None:
            weights = plan.weights()
            self.weights[:] = weights.value if isinstance(weights, Same) else np.asarray(weights, float)
            self.planned[:] = np.asarray(plan.workers, np.int32)

    @property
    def has_work(self) -> bool:
        """Whether weights and planned workers of all partitions are known."""
        return self._stored is None or self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether all partitions were read."""
        return self.known >= self.count

    def read_on(self, seconds: float) -> bool:
        """Read for a while; gives whether all is known. May be called by any thread."""
        end = time.monotonic() + seconds
        with self._lock:
            while self.known < self.count:
                if not self._read_step():
                    # the plan is damaged from here on: what is known is all there is
                    self.known = self.count
                if time.monotonic() > end:
                    break
        return self.is_whole

    def window(self, start: int, stop: int) -> list[Partition]:
        """Give some partitions, in the plan's order; their weights and planned workers are known then."""
        if self._stored is not None:
            entries = list(self._stored.entries(start, stop))
            self.planned[start:stop] = [entry["worker"] for entry in entries]
            self.weights[start:stop] = [entry["weight"] for entry in entries]
        return list(self.partitions[start:stop])

    def matches(self, text: str) -> NDArray[np.bool_]:
        """Say which of the partitions read so far have a text in their id or description, in any case."""
        found = np.zeros(self.count, bool)
        with self._lock:
            haystack, ends = self._text, np.frombuffer(self._ends.tobytes(), np.int64)
            needle = text.lower().replace("\n", " ").encode()
            at, hits = haystack.find(needle), []
            while at >= 0:
                place = int(np.searchsorted(ends, at, side="right"))
                hits.append(place)
                if place >= len(ends):
                    break
                at = haystack.find(needle, int(ends[place]))
        found[hits] = True
        return found

    def texts(self) -> list[bytes]:
        """Give the description of each partition read so far, in small letters, for sorting."""
        with self._lock:
            text, starts = bytes(self._text), [0, *self._ends]
        return [text[start + 17 : stop - 1] for start, stop in pairwise(starts)]

    def _read_step(self) -> bool:
        start, stop = self.known, min(self.count, self.known + _STEP)
        try:
            made = self.window(start, stop)
        except (OSError, ValueError, KeyError, PlanError):
            return False
        lines = [f"{each.id} {each.describe()}".lower().replace("\n", " ").encode() for each in made]
        at = len(self._text)
        for line in lines:
            at += len(line) + 1
            self._ends.append(at)
        self._text += b"\n".join(lines) + b"\n"
        self.ids[start:stop] = [each.id for each in made]
        self.rows[start:stop] = [each.stop - each.start if each.kind == "rows" else 0 for each in made]
        self.known = stop
        return True
