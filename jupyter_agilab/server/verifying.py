"""Verifications: each a process of its own, so that one can be watched, stopped, and outlived."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Literal

from jupyter_agilab.run.driver_process import driver_environment
from jupyter_agilab.run.layout import new_run_id
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.refusals import BusyError

_MOST_AT_ONCE = 2
_MOST_KEPT = 20
_LONGEST_S = 3600.0
_MOST_ANSWER_BYTES = 8 * 1024**2
_MOST_TOLD = 4_000
_GRACE_S = 5.0

State = Literal["running", "equal", "different", "failed", "stopped"]


class Verification:
    """One that was started.

    Parameters
    ----------
    command
        What runs it; its answer is the JSON of ``migrate --verify --json``.
    """

    def __init__(self, job: str, path: Path, command: list[str]) -> None:
        self.job, self.path = job, path
        self.started = time.time()
        self.seconds = 0.0
        self.state: State = "running"
        self.message = ""
        self.results: list[dict[str, Any]] = []
        self._out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the thread that waits
        self._process = subprocess.Popen(
            command,
            cwd=path.parent,
            env=driver_environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wanted_stop = False
        self._waiting = threading.Thread(target=self._wait, name=f"agilab-verify-{job}", daemon=True)
        self._waiting.start()

    def stop(self) -> None:
        """End it; what it copied is removed. Blocks some seconds at most."""
        if self.state != "running":
            return
        self._wanted_stop = True
        self._end()
        # it says what came of it
        self._waiting.join(_GRACE_S)

    def to_json(self, root: Root) -> dict[str, Any]:
        """Give its state and, at its end, what was compared."""
        running = self.state == "running"
        return {
            "job": self.job,
            "path": root.told(self.path),
            "state": self.state,
            "seconds": round(time.time() - self.started if running else self.seconds, 1),
            "message": root.without_root(self.message),
            "results": [
                {**each, "path": root.told(each["path"]), "failed": root.without_root(each["failed"])}
                for each in self.results
            ],
        }

    def _end(self) -> None:
        # Python's own signal lets it clean up; its kernels end with it
        for sign, patience in ((signal.SIGINT, _GRACE_S), (signal.SIGKILL, _GRACE_S)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                return

    def _wait(self) -> None:
        try:
            code = self._process.wait(_LONGEST_S)
        except subprocess.TimeoutExpired:
            self._end()
            code = -1
            self.message = f"it took longer than {_LONGEST_S / 60:.0f} minutes and was ended"
        self.seconds = time.time() - self.started
        with self._out as out:
            out.seek(0)
            text = out.read(_MOST_ANSWER_BYTES).decode("utf-8", "replace")
        self.state = self._read(code, text)

    def _read(self, code: int, text: str) -> State:
        if self._wanted_stop:
            self.message = "it was stopped"
            return "stopped"
        # warnings may stand before it and behind it
        start = text.find('{\n  "verified"')
        try:
            document = json.JSONDecoder().raw_decode(text, start)[0] if start >= 0 else {}
        except ValueError:
            document = {}
        self.results = document.get("verified", [])
        if not self.results:
            self.message = self.message or text[-_MOST_TOLD:].strip() or f"it ended with code {code}"
            return "failed"
        if any(each["failed"] for each in self.results):
            return "failed"
        return "equal" if all(each["equal"] for each in self.results) else "different"


class Verifications:
    """Those of one server, the newest ones kept."""

    def __init__(self) -> None:
        self._jobs: dict[str, Verification] = {}

    def close(self) -> None:
        """End all that is under way, at the server's end."""
        for each in self._jobs.values():
            each.stop()

    def start(
        self,
        path: Path,
        form: str,
        only: Iterable[tuple[int, int]],
        sample: int | None,
        tolerance: float,
    ) -> Verification:
        """Start one; runs the notebook's code, in a process of its own.

        Raises
        ------
        BusyError
            Others are under way.
        """
        if sum(each.state == "running" for each in self._jobs.values()) >= _MOST_AT_ONCE:
            raise BusyError(f"{_MOST_AT_ONCE} verifications are under way; wait for one, or stop it")
        # a module beside the notebook must not take the place of one of Python's own
        command = [sys.executable, "-P", "-m", "jupyter_agilab", "migrate", str(path)]
        command += ["--verify", "--yes", "--json"]
        command += ["--form", form, *(["--all"] if sample is None else ["--sample", str(sample)])]
        command += ["--tolerance", repr(tolerance)]
        for cell, line in only:
            command += ["--only", f"{cell + 1}:{line}"]
        job = Verification(new_run_id(), path, command)
        self._jobs[job.job] = job
        ended = [each for each in self._jobs.values() if each.state != "running"]
        for each in ended[: max(0, len(self._jobs) - _MOST_KEPT)]:
            del self._jobs[each.job]
        return job

    def job(self, name: str) -> Verification:
        """Give one by its id.

        Raises
        ------
        FileNotFoundError
            There is none, or it is long past.
        """
        found = self._jobs.get(name)
        if found is None:
            raise FileNotFoundError(f"there is no verification {name!r}")
        return found
