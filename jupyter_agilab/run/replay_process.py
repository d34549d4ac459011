"""Replay a partition in a fresh process: ``python -m jupyter_agilab.run.replay_process FOLDER``.

That process reads the run and its own folder, and writes only the latter.
"""

from __future__ import annotations

import dataclasses
import faulthandler
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_json
from jupyter_agilab.dated_json import untagged
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.driver_process import driver_environment
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.losses import failure_of_loss
from jupyter_agilab.run.manifest import environment, read_manifest
from jupyter_agilab.run.meter import peak_memory_bytes
from jupyter_agilab.run.replay import Outcome, Replay, fields_of, replay_here
from jupyter_agilab.run.stuck import Frame
from jupyter_agilab.run.typed_places import TypedPlaces
from jupyter_agilab.run.types import Failure, StageSpec

_REQUEST, _REPORT, _TRACE = "replay.json", "report.json", "trace.txt"
_PATIENCE_S = 3.0
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """What one partition did when it was run again.

    Attributes
    ----------
    ok
        The function returned something that can be stored.
    is_current
        Whether the present code ran, not the run's.
    seconds, load_seconds
        What the function took, reading its input included; what importing its module took.
    peak_memory_bytes
        Of the whole process; 0 where it died.
    records, size_bytes, preview
        The result as it would be stored; its beginning as text.
    output
        What it printed, where that was asked for.
    failure
        The exception, its traceback mapped to the notebook; None where it went well.
    before
        ``ERROR_TYPE: MESSAGE`` of the failure in the run; empty where it did not fail there.
    differences
        What is not as in the run: versions of Python and packages.
    """

    stage: str
    run_id: str
    index: int
    partition: str
    described: str
    ok: bool
    is_current: bool
    seconds: float
    load_seconds: float
    peak_memory_bytes: int
    records: int
    size_bytes: int
    preview: str
    output: str
    failure: Failure | None
    before: str
    differences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form of ``replay --json``."""
        return dataclasses.asdict(self)


def replay_in_process(
    replay: Replay, folder: Path, *, debugger: bool = False, keep_output: bool = True
) -> ReplayReport:
    """Run a partition in a process of its own; blocks until it is done.

    An interrupt ends the partition where it is; its traceback then says where that was.

    Parameters
    ----------
    folder
        A folder for this alone.
    debugger
        Whether a debugger is opened where it fails; this process's terminal is then that process's.
    keep_output
        Whether what it prints is kept; otherwise it is shown as it comes.
    """
    write_json(
        folder / _REQUEST,
        {
            "run": str(replay.run.path),
            "spec": dataclasses.asdict(replay.spec),
            "partition": dataclasses.asdict(replay.partition),
        },
    )
    command = [sys.executable, "-P", "-B", "-m", "jupyter_agilab.run.replay_process", str(folder)]
    manifest = read_manifest(replay.run) or {}
    output = subprocess.PIPE if keep_output and not debugger else None
    child = subprocess.Popen(
        [*command, *(["--pdb"] if debugger else [])],
        stdin=None if debugger else subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        env=driver_environment(int(manifest.get("threads_per_worker", 1))),
        # an interrupt is passed on below, once
        start_new_session=not debugger,
    )
    printed = _wait(child, debugger=debugger)
    try:
        answer = json.loads((folder / _REPORT).read_bytes())
    except (OSError, ValueError):
        answer = _of_the_dead(replay, child.returncode, _frames(folder / _TRACE))
    before = replay.failure
    return ReplayReport(
        stage=replay.spec.stage,
        run_id=replay.run.run_id,
        index=replay.partition.index,
        partition=replay.partition.id,
        described=replay.partition.describe(),
        is_current=replay.spec.run_dir != str(replay.run.path),
        output=printed,
        before=f"{before['error_type']}: {before['message']}" if before else "",
        differences=_differences(manifest, Path(replay.spec.folder)),
        **{**answer, "failure": Failure(**answer["failure"]) if answer["failure"] else None},
    )


def _wait(child: subprocess.Popen[bytes], *, debugger: bool) -> str:
    while True:
        try:
            printed, _ = child.communicate()
        except KeyboardInterrupt:
            if debugger:
                # it has the terminal, and hears the interrupt itself
                continue
            return _interrupt(child)
        return (printed or b"").decode("utf-8", "replace")


def _interrupt(child: subprocess.Popen[bytes]) -> str:
    """End a process that was interrupted: by an exception, else so that it says where it is."""
    printed: bytes | None = None
    for number in (signal.SIGINT, signal.SIGABRT, signal.SIGKILL):
        with suppress(OSError):
            os.killpg(child.pid, number)
        with suppress(subprocess.TimeoutExpired):
            printed, _ = child.communicate(timeout=_PATIENCE_S)
            break
    return (printed or b"").decode("utf-8", "replace")


def _of_the_dead(replay: Replay, code: int, frames: list[Frame]) -> dict[str, Any]:
    """Report a process that could not report itself."""
    cause = f"the process ended with exit code {code}"
    if code < 0:
        with suppress(ValueError):
            cause = f"the process was ended by signal {-code} ({signal.Signals(-code).name})"
    failure = failure_of_loss(replay.partition, "died", cause, frames, "replay", 1, replay.spec)
    mapped = dataclasses.replace(failure, traceback=replay.places.mapped(failure.traceback))
    return _answer(Outcome(), mapped, 0)


def _frames(trace: Path) -> list[Frame]:
    """Read the author's frames from what `faulthandler` wrote, outermost first."""
    try:
        text = trace.read_text("utf-8", "replace")
    except OSError:
        return []
    current = text.partition("Current thread ")[2].partition("\n\n")[0] or text
    frames: list[Frame] = [(found[1], int(found[2]), found[3]) for found in _FRAME.finditer(current)]
    ours = (place for place, (_, _, function) in enumerate(frames) if function == replay_here.__name__)
    return frames[: next(ours, 0)][::-1]


def _answer(outcome: Outcome, failure: Failure | None, memory: int) -> dict[str, Any]:
    encoded = outcome.encoded
    return {
        "ok": failure is None,
        "seconds": outcome.seconds,
        "load_seconds": outcome.load_seconds,
        "peak_memory_bytes": memory,
        "records": encoded.records if encoded is not None else 0,
        "size_bytes": len(encoded.data) if encoded is not None else 0,
        "preview": outcome.preview,
        "failure": fields_of(failure),
    }


def _differences(manifest: Mapping[str, Any], folder: Path) -> tuple[str, ...]:
    before, now = manifest.get("environment") or {}, environment(folder)
    if not before:
        return ()
    versions = {"Python": (before.get("python"), now["python"])}
    packages = before.get("packages") or {}
    versions |= {name: (packages.get(name), now["packages"].get(name)) for name in packages}
    return tuple(
        f"{name} was {then} in the run and is {here or 'not here'}"
        for name, (then, here) in versions.items()
        if then and then != here
    )


def main(arguments: list[str]) -> int:
    """Be the process that runs the partition."""
    folder = Path(arguments[0])
    trace = (folder / _TRACE).open("wb")
    faulthandler.enable(trace)
    if "--pdb" not in arguments:
        _end_with_parent()
    request = json.loads((folder / _REQUEST).read_bytes(), object_hook=untagged)
    run, spec = RunDirectory(Path(request["run"])), StageSpec(**request["spec"])
    own = RunDirectory(Path(spec.run_dir))
    places = TypedPlaces(own, Path(spec.folder))
    replay = Replay(run, spec, Partition(**request["partition"]), None, places)
    with ExitStack() as stack:
        outcome = replay_here(replay, stack)
        failure = replay.describe(outcome.error) if outcome.error is not None else None
        write_json(folder / _REPORT, _answer(outcome, failure, peak_memory_bytes()))
        sys.stdout.flush()
        if outcome.error is not None and failure is not None and "--pdb" in arguments:
            _debug(replay, outcome.error, failure)
    sys.stdout.flush()
    # threads that the author's code has left behind do not keep it
    os._exit(0)


def _debug(replay: Replay, error: BaseException, failure: Failure) -> None:
    import pdb

    from jupyter_agilab.run.post_mortem import authors_line, debug

    told = failure.traceback.rstrip() or f"{failure.error_type}: {failure.message}"
    sys.stderr.write(f"{told}\n")
    if authors_line(error, replay.code) is None:
        sys.stderr.write("It did not get to your code, so there is nothing to debug.\n")
        return
    place = replay.places.innermost(failure.module_lines)
    where = f"at {place}" if place is not None else f"in {replay.spec.entry}"
    sys.stderr.write(f"\nThe debugger is {where}: p NAME shows a value, u and d move, q ends.\n")
    sys.stderr.flush()
    debug(error, replay.code, pdb.Pdb)


def _end_with_parent() -> None:
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
