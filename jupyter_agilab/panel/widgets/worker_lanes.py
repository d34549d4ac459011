"""Workers on lanes: a worker that takes the place of a lost one goes on in its lane."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.panel.widgets.protocol import MOST_LANES

_UNFIT = re.compile(r"[^\w.+-]")
_NUMBERED = re.compile(r"worker-(\d+)")


def planned_number(worker: str) -> int:
    """Give the planned worker that goes by a name (``worker-3``); -1: none."""
    found = _NUMBERED.fullmatch(worker)
    return int(found[1]) if found else -1


@dataclass(slots=True)
class _Lane:
    worker: str
    host: str
    lost: bool = False
    names: int = 1


class WorkerLanes:
    """Gives each worker a lane, in the order in which they come."""

    def __init__(self) -> None:
        self._lanes: list[_Lane] = []
        self._places: dict[str, int] = {}
        self._files: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._lanes)

    def join(self, worker: str, host: str = "") -> int:
        """Take a worker up; gives its lane."""
        place = self._places.get(worker)
        if place is None:
            place = next(
                (at for at, lane in enumerate(self._lanes) if lane.lost and host in {"", lane.host}), None
            )
            if place is None:
                place = len(self._lanes)
                self._lanes.append(_Lane(worker, host))
            else:
                self._lanes[place].names += 1
            self._places[worker] = place
            # heartbeats know workers by names that files can have
            self._files[_UNFIT.sub("_", worker)] = place
        lane = self._lanes[place]
        lane.worker, lane.host, lane.lost = worker, host or lane.host, False
        return place

    def lane_of(self, worker: str) -> int:
        """Give a worker's lane, which it gets where it has none."""
        place = self._places.get(worker)
        return self.join(worker) if place is None else place

    def lane_of_file(self, name: str) -> int:
        """Give the lane of a worker by the name that a heartbeat has; -1: nobody knows it."""
        return self._files.get(name, -1)

    def lose(self, worker: str) -> int:
        """Take note that a worker is gone; gives its lane."""
        place = self.lane_of(worker)
        if self._lanes[place].worker == worker:
            self._lanes[place].lost = True
        return place

    def place_of(self, worker: str) -> int:
        """Give the lane that goes by a worker's name; -1: none."""
        return self._places.get(worker, -1)

    def name(self, lane: int) -> str:
        """Give the worker of a lane; empty for none."""
        return self._lanes[lane].worker if 0 <= lane < len(self._lanes) else ""

    def told(self, busy_s: list[float]) -> list[dict[str, Any]]:
        """Give the lanes for the browser; ``busy_s`` is what each worked."""
        told = [
            {
                "id": lane.worker,
                "host": lane.host,
                "worker": lane.worker,
                "label": lane.worker,
                "load_s": round(busy_s[place], 3) if place < len(busy_s) else 0.0,
                "pinned": 0,
                "lost": lane.lost,
            }
            for place, lane in enumerate(self._lanes[:MOST_LANES])
        ]
        more = len(self._lanes) - MOST_LANES
        if more > 0:
            told[-1]["label"] = f"{told[-1]['worker']} and {more:,} more"
        return told
