"""The workers of a Dask cluster as its scheduler tells of them: who is there, who was lost, and why."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.contract.sizes import size_text
from jupyter_agilab.run.clusters.kinds.types import Loss, Started
from jupyter_agilab.run.runners.processes import cause_of_death, is_a_crash
from jupyter_agilab.run.runners.types import WorkerEvent

MEMORY_TOPIC = "worker-restart-memory"
"""Under which Dask's nannies tell of workers that they end for their memory."""

_STEP_S = 0.1
_MEND_S = 1.0
_HELLO_S = 0.02
_SUBSCRIBE_PATIENCE_S = 10.0
# the scheduler hears of a death before the nanny does
_EXIT_CODE_PATIENCE_S = 1.0


@dataclass(slots=True)
class DaskWorker:
    """One worker. ``loss`` is None until it is known why it was lost."""

    name: str
    address: str
    host: str
    pid: int | None
    threads: int
    has_nanny: bool
    left: float | None = None
    was_told: bool = False
    code: int | None = None
    memory: str = ""
    loss: Loss | None = None


class Members:
    """Hears of workers in a thread of its own, asks why they were lost, and has the cluster mend itself.

    Parameters
    ----------
    started
        The cluster.
    topic
        Under which the scheduler's plug-in tells.
    on_event
        Called with ``worker.joined`` and ``worker.lost``.
    on_returned
        Called with the key of a task, and the worker that it came back from, when that is settled.
    on_note
        Called with the name and the content of the note of a worker that sends it.
    """

    def __init__(
        self,
        started: Started,
        topic: str,
        on_event: WorkerEvent,
        on_returned: Callable[[str, DaskWorker], None],
        *,
        on_note: Callable[[str, bytes], None],
    ) -> None:
        self._started, self._topic = started, topic
        self._on_event, self._on_returned, self._on_note = on_event, on_returned, on_note
        self._heard: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._all: dict[str, DaskWorker] = {}
        self._returned: list[tuple[str, DaskWorker]] = []
        self._absent: set[str] = set()
        self._mended = time.monotonic()
        self._thread = threading.Thread(target=self._listen, name="dask-members", daemon=True)
        self._hears = threading.Event()
        self.changed = threading.Event()
        self.empty_since = time.monotonic()

    def start(self) -> None:
        """Listen from now on; the plug-in tells of those that are there when it is registered."""
        client = self._started.client
        for topic in (MEMORY_TOPIC, self._topic):
            client.subscribe_topic(topic, self._hear)
        self._thread.start()
        # a subscription travels beside what is asked of the scheduler, and may be overtaken
        deadline = time.monotonic() + _SUBSCRIBE_PATIENCE_S
        while not self._hears.is_set() and time.monotonic() < deadline:
            client.log_event(self._topic, {"what": "hello"})
            self._hears.wait(_HELLO_S)

    def tell_absent(self) -> None:
        """Tell of workers that could not be started."""
        for name, cause in self._started.absent().items():
            if name not in self._absent:
                self._absent.add(name)
                self._on_event("worker.lost", worker=name, cause=cause)

    def stop(self) -> None:
        """Hear no more."""
        self._heard.put(None)

    def alive(self) -> list[DaskWorker]:
        """Give the workers that are there."""
        return [worker for worker in list(self._all.values()) if worker.left is None]

    def known(self, address: str) -> DaskWorker | None:
        """Give a worker by its address, also one that is gone."""
        return self._all.get(address)

    def addresses(self, names: Collection[str]) -> list[str]:
        """Give the addresses of the workers that are there with such names, or on hosts with such names."""
        return [worker.address for worker in self.alive() if worker.name in names or worker.host in names]

    def _hear(self, event: Any) -> None:
        message = event[1] if isinstance(event, tuple | list) else event
        if isinstance(message, dict):
            self._hears.set()
            self._heard.put(message)

    def _listen(self) -> None:
        while True:
            try:
                message = self._heard.get(timeout=_STEP_S)
                if message is None:
                    return
                self._take(message)
            except queue.Empty:
                pass
            for worker in [
                each for each in self._all.values() if each.left is not None and not each.was_told
            ]:
                self._settle(worker)
            now = time.monotonic()
            if now - self._mended > _MEND_S:
                self._started.mend()
                self._mended = time.monotonic()

    def _take(self, message: dict[str, Any]) -> None:
        what = message.get("what", "memory")
        address = message.get("address") or message.get("worker") or ""
        if what == "joined":
            self._join(message)
        elif what == "hello":
            return
        elif what == "note":
            self._on_note(message["file"], bytes.fromhex(message["data"]))
        elif (worker := self._all.get(address)) is None:
            return
        elif what == "left":
            worker.left = time.monotonic()
            if not self.alive():
                self.empty_since = time.monotonic()
        elif what == "ended":
            worker.code = message["code"]
        elif what == "returned":
            self._returned.append((message["key"], worker))
        elif what == "memory":
            worker.memory = size_text(message["rss"])

    def _join(self, message: dict[str, Any]) -> None:
        name = message["name"]
        for old in self.alive():
            if old.name == name:
                # it is told as lost before the one that takes its place joins
                old.left = time.monotonic()
                self._settle(old)
        for old in self._all.values():
            if old.name == name and not old.was_told:
                self._tell(old, old.loss or Loss(_cause_unknown(), is_innocent=False))
        host = self._started.host_of(name, message["host"])
        self._all[message["address"]] = DaskWorker(
            name, message["address"], host, message["pid"] or None, message["threads"], message["nanny"]
        )
        self._on_event("worker.joined", worker=name, host=host, pid=message["pid"] or None)
        self.changed.set()

    def _settle(self, worker: DaskWorker) -> None:
        """Find out why a worker was lost, and tell; later where its nanny may still tell its exit code."""
        assert worker.left is not None
        if worker.memory:
            cause = f"Dask ended the worker because it had {worker.memory} in memory, nearly all it may have"
            self._tell(worker, Loss(cause, is_sure=worker.threads == 1))
            return
        is_early = time.monotonic() - worker.left < _EXIT_CODE_PATIENCE_S
        if worker.code is None and worker.has_nanny and is_early:
            return
        loss = self._started.why_lost(worker.name, worker.address)
        if loss is None and worker.code is not None:
            # a Dask worker that is told to end does so with 0: that is not the partition's doing
            is_sure = worker.code != 0 and worker.threads == 1 and is_a_crash(worker.code)
            cause = "it was told to end" if worker.code == 0 else cause_of_death(worker.code)
            loss = Loss(cause, is_sure=is_sure, is_innocent=worker.code == 0)
        self._tell(worker, loss or Loss(_cause_unknown()))

    def _tell(self, worker: DaskWorker, loss: Loss) -> None:
        worker.loss, worker.was_told = loss, True
        self._on_event("worker.lost", worker=worker.name, cause=loss.cause)
        self.changed.set()
        for key, place in [pair for pair in self._returned if pair[1] is worker]:
            self._returned.remove((key, place))
            self._on_returned(key, place)


def _cause_unknown() -> str:
    return "the worker stopped answering: its process or its host is gone"
