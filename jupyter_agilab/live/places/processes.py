"""``pool``: worker processes of this machine; results stay in files of a private folder.

A worker reads the results that a call needs from their files, so that nothing of them passes through the
process that made the call. A call that takes longer than it may is ended with its process.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import ClusterError, TaskError, TimeLimitError
from jupyter_agilab.live.calls import Call, packed
from jupyter_agilab.live.handle import Handle
from jupyter_agilab.live.on_worker import too_long
from jupyter_agilab.live.places.this_machine import Lane, OnThisMachine, Work
from jupyter_agilab.planning.arithmetic import available_cores
from jupyter_agilab.private_folder import new_private_folder

_LOOK_S = 1.0


@dataclass(slots=True)
class Prepared:
    """A call in the form that is sent: arguments as they were when it was made."""

    digest: str
    code: bytes
    arguments: bytes


@dataclass(slots=True)
class WorkerProcess:
    """A process and the way to it; `knows` are digests of functions that it has."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    life: socket.socket
    knows: set[str] = field(default_factory=set)


class ProcessPlace(OnThisMachine):
    """Processes of this machine, each with one call at a time."""

    kind = "pool"

    def __init__(self, name: str, workers: int | None, resources: Mapping[str, float] | None) -> None:
        super().__init__(name, workers, resources)
        self._folder = Path()
        self._stored = 0

    def _open(self) -> None:
        try:
            self._folder = new_private_folder()
            super()._open()
        except OSError as error:
            self._close()
            raise ClusterError(f"worker processes cannot be started: {error}") from error

    def _close(self) -> None:
        super()._close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self, handle: Handle, call: Call) -> Prepared:
        digest, code = call.code.packed
        return Prepared(digest, code, packed((call.args, dict(call.kwargs)), f"what {call.name} is given"))

    def _start_lane(self, lane: Lane) -> None:
        lane.process = _start_process(self.workers)

    def _stop_lane(self, lane: Lane) -> None:
        if lane.process is not None:
            _end(lane.process)

    def _run(self, lane: Lane, work: Work) -> None:
        call, prepared = work.call, work.prepared
        if lane.process is None:
            lane.process = _start_process(self.workers)
        worker: WorkerProcess = lane.process
        self._stored += 1
        path = self._folder / f"{self._stored}-{id(work.handle):x}"
        code = b"" if prepared.digest in worker.knows else prepared.code
        order = (
            *(call.name, prepared.digest, code, prepared.arguments),
            *([each.kept for each in call.inputs], str(path)),
        )
        try:
            worker.pipe.send_bytes(pickle.dumps(order, protocol=pickle.HIGHEST_PROTOCOL))
            worker.knows.add(prepared.digest)
            is_good, answer = self._answer(lane, worker, call, work.handle)
        except TimeLimitError:
            # of the kind of an OSError too
            raise
        except (EOFError, OSError) as error:
            lane.process = None
            _end(worker)
            raise TaskError(
                f"{call.name} was lost: {_cause(worker.process.returncode)}",
                hint="run it by itself with .unwrapped to see why",
            ) from error
        if not is_good:
            raise pickle.loads(answer)  # noqa: S301  # from a process that this one started
        work.handle.kept = str(path)
        weakref.finalize(work.handle, _forget, str(path))

    def _answer(self, lane: Lane, worker: WorkerProcess, call: Call, handle: Handle) -> tuple[bool, bytes]:
        """Wait for the answer, as long as the call may take and somebody wants its result."""
        deadline = None if call.time_limit_s is None else time.monotonic() + call.time_limit_s
        while True:
            left = _LOOK_S if deadline is None else min(_LOOK_S, deadline - time.monotonic())
            if worker.pipe.poll(max(0.0, left)):
                answer: tuple[bool, bytes] = pickle.loads(worker.pipe.recv_bytes())  # noqa: S301  # ours
                return answer
            if deadline is not None and time.monotonic() >= deadline:
                lane.process = None
                _end(worker)
                raise too_long(call.name, call.time_limit_s or 0)
            if handle.is_done or worker.process.poll() is not None:
                # cancelled, or dead while a process that it started keeps its pipe open
                raise EOFError

    def _values_of(self, handles: Sequence[Handle]) -> list[Any]:
        return [pickle.loads(Path(each.kept).read_bytes()) for each in handles]  # noqa: S301  # ours


def _start_process(workers: int) -> WorkerProcess:
    from jupyter_agilab.run.threads_per_worker import thread_environment

    ours, theirs = socket.socketpair()
    life, their_life = socket.socketpair()
    found = os.pathsep.join(filter(None, sys.path))
    threads = max(1, available_cores() // workers)
    # a fresh interpreter: a script that has no `if __name__ == "__main__"` is not run again in it
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter_agilab.live.places.process_worker"),
            *(str(theirs.fileno()), str(their_life.fileno()), os.environ.get("PYTHONPATH", "")),
        ],
        pass_fds=(theirs.fileno(), their_life.fileno()),
        stdin=subprocess.DEVNULL,
        # what it starts ends with it, and an interrupt in a terminal is for the process that waits
        start_new_session=True,
        env={**os.environ, **thread_environment(threads), "PYTHONPATH": found},
    )
    theirs.close()
    their_life.close()
    return WorkerProcess(process, Connection(ours.detach()), life)


def _end(worker: WorkerProcess) -> None:
    with suppress(OSError):
        os.killpg(worker.process.pid, signal.SIGKILL)
    worker.process.wait()
    worker.life.close()
    with suppress(OSError):
        worker.pipe.close()


def _forget(path: str) -> None:
    with suppress(OSError):
        Path(path).unlink()


def _cause(code: int | None) -> str:
    from jupyter_agilab.run.runners.processes import cause_of_death

    return cause_of_death(code)
