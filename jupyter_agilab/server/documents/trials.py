"""Trials that somebody asked for: one partition, in a process that can be ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import RunNotFoundError
from jupyter_agilab.run.driver_process import driver_environment
from jupyter_agilab.server.refusals import BusyError

MOST_AT_ONCE = 4
_KEPT = 32
_KEPT_S = 3600.0
_MOST_BYTES = 4 << 20


@dataclass(slots=True)
class Trial:
    """One trial; ``answer`` is what it told, None while it is under way."""

    id: str
    path: Path
    started: float
    process: asyncio.subprocess.Process
    waiting: asyncio.Task[None] | None = None
    answer: dict[str, Any] | None = None
    is_ended: asyncio.Event = field(default_factory=asyncio.Event)
    was_stopped: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give ``state`` (running, ended, failed, stopped) and ``report`` or ``error``."""
        told: dict[str, Any] = {"id": self.id, "seconds": round(time.time() - self.started, 1)}
        if self.answer is None:
            return {**told, "state": "running"}
        if self.was_stopped:
            return {**told, "state": "stopped"}
        if "error" in self.answer:
            return {**told, "state": "failed", "error": self.answer["error"]}
        return {**told, "state": "ended", "report": self.answer}


class Trials:
    """The trials of a server; all methods belong to its event loop."""

    def __init__(self) -> None:
        self._trials: dict[str, Trial] = {}

    async def start(self, path: Path, partition: int, *, sizes: bool) -> Trial:
        """Start a trial of a contract; it goes on when nobody waits for it.

        Raises
        ------
        BusyError
            Too many are under way.
        """
        self._forget()
        if sum(each.answer is None for each in self._trials.values()) >= MOST_AT_ONCE:
            raise BusyError(f"{MOST_AT_ONCE} trials are under way; stop one, or wait for its end")
        arguments = ["trial", str(path), "--json"]
        arguments += ["--sizes"] if sizes else ["--partition", str(partition)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "jupyter_agilab", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=path.parent,
            env=driver_environment(),
            start_new_session=True,
        )
        trial = Trial(secrets.token_hex(8), path, time.time(), process)
        self._trials[trial.id] = trial
        trial.waiting = asyncio.create_task(self._wait(trial))
        return trial

    def of(self, name: str) -> Trial:
        """Give a trial by its id.

        Raises
        ------
        RunNotFoundError
            There is none.
        """
        trial = self._trials.get(name)
        if trial is None:
            raise RunNotFoundError("there is no such trial any more", hint="try the partition again")
        return trial

    async def stop(self, trial: Trial) -> None:
        """End a trial with all processes that it started."""
        if trial.answer is None:
            trial.was_stopped = True
            _end(trial)
            await trial.is_ended.wait()

    def close(self) -> None:
        """End all that are under way."""
        for trial in self._trials.values():
            if trial.answer is None:
                trial.was_stopped = True
                _end(trial)

    async def _wait(self, trial: Trial) -> None:
        out, said = await trial.process.communicate()
        try:
            answer = json.loads(out[:_MOST_BYTES])
        except ValueError:
            lines = said.decode(errors="replace").strip().splitlines()
            answer = {
                "error": {
                    "code": "trial",
                    "message": f"the trial ended with code {trial.process.returncode}",
                    "hint": lines[-1][:500] if lines else "",
                    "findings": [],
                }
            }
        trial.answer = answer if isinstance(answer, dict) else {}
        trial.is_ended.set()

    def _forget(self) -> None:
        ended = [each for each in self._trials.values() if each.answer is not None]
        for place, each in enumerate(sorted(ended, key=lambda each: -each.started)):
            if place >= _KEPT or time.time() - each.started > _KEPT_S:
                del self._trials[each.id]


def _end(trial: Trial) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # it leads a process group of its own, with the process that runs the function
        os.killpg(trial.process.pid, signal.SIGKILL)
