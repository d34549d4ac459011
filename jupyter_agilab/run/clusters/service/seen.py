"""What a keeper sees of its cluster, asked of the scheduler itself every second or so."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any

_ASK = '''
def ask(dask_scheduler=None):
    """Say what a scheduler knows: runs there, so it names nothing of this package."""
    import time

    s = dask_scheduler
    now = time.time()
    workers = [
        {
            "worker": str(w.name),
            "address": w.address,
            "host": w.host,
            "threads": w.nthreads,
            "memory_limit_bytes": w.memory_limit,
            "silent_s": max(0.0, now - w.last_seen),
            "state": "processing" if w.processing else "running",
            "tasks": len(w.processing),
        }
        for w in s.workers.values()
    ]
    states = {}
    ended = {"memory": 0, "erred": 0}
    for prefix in s.task_prefixes.values():
        for state, count in prefix.states.items():
            states[state] = states.get(state, 0) + count
        # how often a task of this name has ended so since the scheduler started
        for state in ended:
            ended[state] += prefix.state_counts.get(state, 0)
    return {
        "workers": workers,
        "clients": [c for c in s.clients if c != "fire-and-forget"],
        "pending": sum(states.get(state, 0) for state in ("waiting", "queued", "no-worker")),
        "running": sum(len(w.processing) for w in s.workers.values()),
        "done": ended["memory"],
        "failed": ended["erred"],
    }
'''


def asking() -> FunctionType:
    """Give the question as a function that is sent whole."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(_ASK, str(Path(__file__).name), "exec"), namespace)  # noqa: S102  # our own text, above
    made = namespace["ask"]
    assert isinstance(made, FunctionType)
    return made


@dataclass(slots=True)
class Crew:
    """The workers of a service over time: who is there, who came back, who is silent.

    Parameters
    ----------
    started
        When the service was started, monotonic seconds.
    timeout_s
        Seconds of silence after which a worker is unhealthy; it is given so long to come up, too.
    """

    started: float
    timeout_s: float
    seen: dict[str, str] = field(default_factory=dict)
    restarted: dict[str, str] = field(default_factory=dict)
    lost: dict[str, float] = field(default_factory=dict)

    def take_note(self, workers: list[dict[str, Any]]) -> None:
        """Note who is there now."""
        now = time.monotonic()
        here = {each["worker"]: each["address"] for each in workers}
        for name, address in here.items():
            before = self.seen.get(name)
            if before is not None and before != address:
                self.restarted[name] = "its process ended and was started again"
            self.seen[name] = address
            self.lost.pop(name, None)
        for name in self.seen.keys() - here.keys():
            self.lost.setdefault(name, now)

    def unhealthy(self, workers: list[dict[str, Any]]) -> dict[str, str]:
        """Say who is unhealthy, and why, in AGILAB's words."""
        found = {
            each["worker"]: f"stale-heartbeat({each['silent_s']:.1f}s)"
            for each in workers
            if each["silent_s"] > self.timeout_s
        }
        now = time.monotonic()
        for name, since in self.lost.items():
            if now - since > self.timeout_s:
                found[name] = "missing-heartbeat"
        return found

    def pending(self, expected: int | None, workers: list[dict[str, Any]]) -> list[str]:
        """Name those that should be there and are not."""
        absent = sorted(self.lost)
        if expected is not None:
            absent += [f"worker-{number}" for number in range(len(workers) + len(absent), expected)]
        return absent
