"""``dask``: the workers of a cluster. Dask's own scheduler decides what runs where and when.

Each call is one task of Dask's and its handle a future: results stay on the workers, and go from one to
another where calls need them. The scheduler knows the whole graph at once; nothing waits for this process.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from jupyter_agilab.errors import AgilabError, ClaimError, ClusterError, TaskCancelledError, TaskError
from jupyter_agilab.live.calls import Call
from jupyter_agilab.live.handle import Handle
from jupyter_agilab.live.places.dask_worker import (
    CPUS,
    GPUS,
    MEMORY,
    Packet,
    give,
    nothing,
    orphans,
    preparing_plugin,
    run_packet,
    unboxed,
    waking,
)
from jupyter_agilab.live.places.place import Place
from jupyter_agilab.live.places.surroundings import main_unseen, module_folders
from jupyter_agilab.planning.arithmetic import available_cores, requested_workers

_RESOURCE_OF = {"cpus": CPUS, "memory": MEMORY, "gpus": GPUS}
_THREADS = "worker threads"
_LARGE_BYTES = 50_000
_LOOK_S = 1.0
_log = logging.getLogger(__name__)


class DaskPlace(Place):
    """The workers of a cluster of ``clusters.toml``, or of a client that is there already.

    Parameters
    ----------
    cluster
        See `jupyter_agilab.run.clusters.model`; or a `distributed.Client`, which stays as it is.
    folder
        The project's, where a service of that cluster would be known, and job logs are put.
    workers
        How many can be of use, where the cluster's table does not say.
    """

    kind = "dask"

    def __init__(self, cluster: Any, folder: Path, workers: int | None = None) -> None:
        self._client: Any = cluster if hasattr(cluster, "scheduler_info") else None
        super().__init__(getattr(cluster, "name", "") if self._client is None else "dask client")
        self._cluster, self._folder, self._workers = cluster, folder, workers
        self._is_borrowed = self._client is not None
        self._started: Any = None
        self._declares = False
        self._tokens: dict[str, Any] = {}
        self._sources: dict[str, Any] = {}
        self._pinned: dict[str, int] = {}
        self._known: tuple[float, dict[str, dict[str, float]]] = (0.0, {})
        self._ended = threading.Event()
        self._hopeless: BaseException | None = None
        self._fetching: list[Sequence[Handle]] = []
        self._lost: WeakKeyDictionary[Handle, TaskError] = WeakKeyDictionary()

    def described(self) -> str:
        """See `Place.described`."""
        return f"the cluster {self.name!r}"

    def offers(self) -> Mapping[str, Mapping[str, float]]:
        """Give what each worker that is there offers, by its address."""
        made, known = self._known
        if time.monotonic() - made > _LOOK_S:
            known = self._offers_now()
            self._known = (time.monotonic(), known)
        return known

    def refuse_unless_offered(self, name: str, claims: Mapping[str, float]) -> None:
        """See `Place.refuse_unless_offered`; while no worker is there, nobody knows what they will have."""
        self.open()
        if self.offers():
            super().refuse_unless_offered(name, claims)

    def refuse_too_long(self, name: str, time_limit_s: float) -> None:
        """See `Place.refuse_too_long`: where workers live in jobs of a batch system, those end."""
        from jupyter_agilab.live.amounts import seconds_of

        walltime = getattr(self._cluster, "walltime", None)
        if walltime and time_limit_s > seconds_of(walltime, "walltime"):
            raise ClaimError(
                f"{name} may take {time_limit_s:g} s; jobs of {self.described()} end after {walltime}",
                hint="give the task less time, or the cluster a longer walltime in clusters.toml",
            )

    def new_worker(self, name: str, claims: Mapping[str, float]) -> str:
        """Choose the worker with the fewest of ours that offers what is claimed; waits for one."""
        self.refuse_unless_offered(name, claims)
        deadline = time.monotonic() + getattr(self._cluster, "wait_s", 60.0)
        while not (fit := self._fit(claims)):
            if self._hopeless is not None:
                raise self._hopeless
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"{self.described()} has no worker for {name}", hint="wait until one is there"
                )
            # one that died is on its way back
            time.sleep(0.1)
        chosen = min(fit, key=lambda address: self._pinned.get(address, 0) / fit[address])
        self._pinned[chosen] = self._pinned.get(chosen, 0) + 1
        return chosen

    def _fit(self, claims: Mapping[str, float]) -> dict[str, float]:
        """Give the workers that are there now and have what is claimed, with their threads."""
        return {
            address: offer[_THREADS]
            for address, offer in self._offers_now().items()
            if all(offer.get(key, 0) >= amount for key, amount in claims.items())
        }

    def give_back(self, worker: str) -> None:
        """See `Place.give_back`."""
        self._pinned[worker] = max(0, self._pinned.get(worker, 0) - 1)

    def has_worker(self, worker: str) -> bool:
        """See `Place.has_worker`."""
        return worker in self._alive()

    def _alive(self) -> dict[str, Any]:
        workers: dict[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return workers

    def _offers_now(self) -> dict[str, dict[str, float]]:
        return {address: self._offer(worker) for address, worker in self._alive().items()}

    def _offer(self, worker: Mapping[str, Any]) -> dict[str, float]:
        resources = dict(worker.get("resources") or {})
        limit = worker.get("memory_limit") or float("inf")
        return {
            **resources,
            "cpus": resources.get(CPUS, worker["nthreads"]),
            "memory": resources.get(MEMORY, limit),
            "gpus": resources.get(GPUS, 0),
            _THREADS: worker["nthreads"],
        }

    def _open(self) -> None:
        self._ended.clear()
        self._tokens, self._sources, self._pinned, self._hopeless = {}, {}, {}, None
        self._known = (0.0, {})
        cpus = None
        if not self._is_borrowed:
            from jupyter_agilab.run.clusters.kinds import start_cluster
            from jupyter_agilab.run.clusters.kinds.types import Wish
            from jupyter_agilab.run.clusters.service.connect import running_service
            from jupyter_agilab.run.layout import make_home, stage_home

            wanted = self._workers or getattr(self._cluster, "workers", 0) or requested_workers("auto", None)
            logs = make_home(stage_home(self._folder, "live"))
            wish = Wish(workers=wanted, label="agilab-live", logs=logs)
            with main_unseen():
                self._started = running_service(self._cluster, self._folder) or start_cluster(
                    self._cluster, wish
                )
            self._client = self._started.client
            self._declares = self._started.is_ours
            if self._declares and self._cluster.kind != "local":
                # jobs of a batch system are not to wait for a program that is gone
                atexit.register(self._started.kill)
            if self._cluster.kind == "local":
                cpus = max(1.0, available_cores() // wanted)
        try:
            plugin = preparing_plugin(module_folders(), declares=self._declares, cpus=cpus)
            self._client.register_plugin(plugin)
            self._wait_for_workers()
        except BaseException:
            self._close()
            raise
        threading.Thread(target=self._watch, name=f"{self.name}-watch", daemon=True).start()

    def _wait_for_workers(self) -> None:
        patience_s = getattr(self._cluster, "wait_s", 60.0)
        deadline = time.monotonic() + patience_s
        while not self._alive():
            if self._started is not None:
                self._started.check_hope()
            if time.monotonic() > deadline:
                why = self._started.waiting() if self._started is not None else ""
                raise ClusterError(
                    f"no worker of {self.described()} came within {patience_s:g} s"
                    + (f": {why}" if why else ""),
                    hint=f"look closer: jupyter agilab cluster check {self.name}",
                )
            time.sleep(0.05)
        self._known = (0.0, {})

    def _watch(self) -> None:
        """Keep what is started in shape; where the scheduler is gone, nobody is to wait for ever."""
        while not self._ended.wait(_LOOK_S):
            try:
                if self._started is not None:
                    self._started.mend()
                if self._client.status == "closed":
                    raise ClusterError(
                        f"the Dask scheduler of {self.described()} does not answer any more",
                        hint="what was computed there is lost; start again",
                    )
                if self._declares and self._waiting:
                    self._client.run_on_scheduler(waking())
                if self._pinned:
                    self._tell_lost(self._client.run_on_scheduler(orphans()))
                if self._started is not None and not self._client.scheduler_info(n_workers=-1)["workers"]:
                    self._started.check_hope()
            except AgilabError as error:
                self._hopeless = error
                for handle in list(self._waiting):
                    handle.settle("failed", error)
                return
            except Exception:  # noqa: BLE001  # a look that fails is followed by another
                _log.debug("a look at %s failed", self.described(), exc_info=True)

    def _tell_lost(self, orphaned: Mapping[str, str]) -> None:
        """Let nobody wait for what is bound to a worker that is gone, nor for what needs results that it had.

        Parameters
        ----------
        orphaned
            Keys of such tasks to the key of the one that is bound, see `orphans`.
        """
        for handle in (*self._waiting, *(each for held in list(self._fetching) for each in held)):
            key = getattr(handle.kept, "key", "")
            if key not in orphaned:
                continue
            root = orphaned[key]
            why = f"the result of {root.rpartition('-')[0]} went with its worker"
            error = TaskError(f"{handle.name} was lost: {'its worker is gone' if root == key else why}")
            if handle.settle("failed", error):
                self._cancel(handle)
            elif handle.state == "finished":
                self._lost[handle] = error
                # for who fetches it, and not at the scheduler: that would cancel what depended on it too
                self._client.loop.add_callback(self._client.futures[key].cancel)

    def _close(self) -> None:
        self._ended.set()
        self._tokens.clear()
        self._sources.clear()
        if self._is_borrowed:
            return
        started, self._started, self._client = self._started, None, None
        if started is not None:
            atexit.unregister(started.kill)
            try:
                started.close()
            except TimeoutError:
                started.kill()

    def _send(self, handle: Handle, call: Call) -> None:
        if self._hopeless is not None:
            raise self._hopeless
        digest, code = call.code.packed
        inputs = [each.kept for each in call.inputs]
        waited = [self._token(each) for each in call.after]
        if len(code) > _LARGE_BYTES:
            waited.append(self._source(digest, code))
            code = b""
        claims = self._counted(call.claims)
        future = self._client.submit(
            run_packet,
            Packet(call.name, (digest, code), call.args, dict(call.kwargs), len(inputs), call.time_limit_s),
            *inputs,
            *waited,
            key=f"{call.name.partition('[')[0]}-{uuid.uuid4().hex}",
            pure=False,
            retries=0,
            resources=claims or None,
            workers=[call.worker] if call.worker else None,
        )
        handle.kept = future
        future.add_done_callback(partial(self._hear, handle))

    def _counted(self, claims: Mapping[str, float]) -> dict[str, float]:
        """Give what Dask has to count: not what each worker has, where each does one call at a time."""
        counted: dict[str, float] = {}
        offers = self.offers().values()
        for name, amount in claims.items():
            resource = _RESOURCE_OF.get(name, name)
            is_declared = self._declares or resource not in {CPUS, MEMORY}
            is_met = resource in {CPUS, MEMORY} and all(
                each[_THREADS] == 1 and amount <= each[name] for each in offers
            )
            if is_declared and not is_met:
                counted[resource] = amount
        return counted

    def _token(self, needed: Handle) -> Any:
        """Give a future that is there when another one is, without its value."""
        future = needed.kept
        if future.key not in self._tokens:
            self._tokens[future.key] = self._client.submit(
                nothing, future, key=f"after-{future.key}", pure=False
            )
        return self._tokens[future.key]

    def _source(self, digest: str, code: bytes) -> Any:
        if digest not in self._sources:
            self._sources[digest] = self._client.submit(give, code, key=f"function-{digest}", pure=False)
        return self._sources[digest]

    def _hear(self, handle: Handle, future: Any) -> None:
        """Take down how a future ended; called in a thread of Dask's."""
        if handle.is_done:
            return
        status = future.status
        if status == "finished":
            handle.settle("finished")
            return
        if status in {"pending", "lost"}:
            # it had ended, and went with its worker before this was heard: Dask makes it again
            future.add_done_callback(partial(self._hear, handle))
            return
        if status == "cancelled":
            handle.settle("failed", self._hopeless or _cancelled(handle))
            return
        failed = next((each for each in handle.needs if _has_failed(each)), None)
        if failed is not None:
            if not failed.is_done:
                self._hear(failed, failed.kept)
            handle.settle_not_run(failed)
            return
        handle.settle("failed", _error_of(handle, future))

    def _cancel(self, handle: Handle) -> None:
        if handle.kept is not None:
            with suppress(Exception):
                self._client.cancel([handle.kept], force=True)

    def _values_of(self, handles: Sequence[Handle]) -> list[Any]:
        self._fetching.append(handles)
        try:
            return [unboxed(value) for value in self._client.gather([each.kept for each in handles])]
        except Exception as error:
            lost = next((self._lost[each] for each in handles if each in self._lost), None)
            if lost is None:
                raise
            raise lost from error
        finally:
            self._fetching.remove(handles)


def _has_failed(handle: Handle) -> bool:
    if handle.is_done:
        return handle.state != "finished"
    return getattr(handle.kept, "status", "") in {"error", "cancelled"}


def _error_of(handle: Handle, future: Any) -> BaseException:
    """Give what a task failed with: its own exception from its own code on, or what became of its worker."""
    from distributed import KilledWorker

    error: BaseException = future.exception()
    if isinstance(error, KilledWorker):
        told = TaskError(
            f"{handle.name} was lost: the worker died under it, {error.allowed_failures + 1} times",
            hint="it may need more memory than a worker has; run it by itself with .unwrapped to see why",
        )
        told.__cause__ = error
        return told
    trace = future.traceback()
    return error.with_traceback(trace if trace is not None else error.__traceback__)


def _cancelled(handle: Handle) -> BaseException:
    return TaskCancelledError(
        f"{handle.name} was taken back by the scheduler, or its result was lost with the cluster"
    )
