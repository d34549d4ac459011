"""``%parallel_debug``: a failed partition run again in the kernel, with the debugger on the author's line."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser
from jupyter_agilab.magics.session import Session

if TYPE_CHECKING:
    from jupyter_agilab.run.layout import RunDirectory
    from jupyter_agilab.run.replay import Outcome, Replay

ARGUMENTS = "_partition_arguments"
"""The name in the notebook that holds what the function was called with."""

_INDEX_DIGITS, _ID_DIGITS = 8, 16

DEBUG = MagicParser(
    "%parallel_debug",
    """Run one partition of a run again in this kernel, and open the debugger where your code fails.

It runs what was frozen in the run: the same code, arguments and seed, in the contract's folder. What the
function was called with is left under the name _partition_arguments.

    %parallel_debug clean 3""",
    names="runs",
)
DEBUG.add_argument(
    "run",
    nargs="?",
    metavar="RUN",
    help="a run's id or the start of it, or a stage for its newest run; else the newest run with a failure",
)
DEBUG.add_argument(
    "partition",
    nargs="?",
    default="",
    metavar="PARTITION",
    help="its index or its id; else the first that failed",
)
DEBUG.add_argument("--no-debugger", action="store_true", help="only show the traceback; %%debug works then")
DEBUG.add_argument(
    "--current",
    action="store_true",
    help="run the stage's present code and parameters, to check a correction",
)
DEBUG.add_argument(
    "--anyway", action="store_true", help="also where the partition ended its worker, and may end this kernel"
)


@magics_class
class DebugMagics(Family):
    """The magic that replays a partition in the kernel."""

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        super().__init__(shell, session)
        self._kept = ExitStack()

    @declare.line(DEBUG)
    def parallel_debug(self, line: str) -> None:
        """Replay a partition."""
        arguments = DEBUG.read(line)
        from jupyter_agilab.private_folder import private_folder
        from jupyter_agilab.run.replay import borrowed_process, find_replay, replay_here

        run, partition = _named(arguments.run, arguments.partition)
        # the files of the partition before are not looked at any more
        self._kept.close()
        present = self._kept.enter_context(private_folder()) if arguments.current else None
        replay = find_replay(run, partition, current=present)
        if not arguments.anyway:
            _refuse_deadly(replay)
        with borrowed_process():
            outcome = replay_here(replay, self._kept)
            self.shell.push({ARGUMENTS: outcome.arguments}, interactive=False)
            if outcome.error is None:
                self.session.say(_went_well(replay, outcome))
            else:
                self._show(replay, outcome.error, opens=not arguments.no_debugger)

    def _show(self, replay: Replay, error: BaseException, *, opens: bool) -> None:
        from jupyter_agilab.panel.failures_text import exception_text
        from jupyter_agilab.run.post_mortem import authors_line, debug

        failure = replay.describe(error)
        self.session.say(exception_text(failure.traceback, failure.error_type, failure.message))
        _leave_for_debug(error)
        if isinstance(error, KeyboardInterrupt):
            self.session.say("\nYou interrupted it there; %debug looks at it.")
            return
        if authors_line(error, replay.code) is None:
            self.session.say("\nIt did not get to your code, so there is nothing to debug.")
            return
        why = "" if opens else "\n%debug opens the debugger"
        if opens and not _can_ask(self.shell):
            opens, why = False, "\nNobody can be asked here, so the debugger is not opened"
        if not opens:
            self.session.say(f"{why}; {ARGUMENTS} holds what the function was called with.")
            return
        place = replay.places.innermost(failure.module_lines)
        where = f"at {place}" if place is not None else f"in {replay.spec.entry}"
        self.session.say(f"\nThe debugger is {where}: p NAME shows a value, u and d move, q ends.")
        debug(error, replay.code, self.shell.debugger_cls)


def _named(run: str | None, partition: str) -> tuple[RunDirectory, str]:
    """Find the run, and tell a partition that stands alone from a run."""
    from jupyter_agilab import api
    from jupyter_agilab.errors import RunNotFoundError
    from jupyter_agilab.run.layout import find_run

    if run and not partition and run.isalnum() and _is_partition(run):
        run, partition = "", run
    if run:
        return find_run(Path.cwd(), run), partition
    newest = api.newest_failed_run(Path.cwd())
    if newest is None:
        raise RunNotFoundError(
            f"no run in {Path.cwd()} has a failed partition",
            hint="name a run and a partition; %parallel_runs lists the runs of this folder",
        )
    return newest, partition


def _is_partition(word: str) -> bool:
    """Tell an index or an id from the start of a run's id and from a stage's name."""
    is_id = len(word) == _ID_DIGITS and not set(word) - set("0123456789abcdef")
    return is_id or (word.isdigit() and len(word) < _INDEX_DIGITS)


def _refuse_deadly(replay: Replay) -> None:
    from jupyter_agilab.errors import UsageError
    from jupyter_agilab.run.causes import kind_of

    failure = replay.failure
    if failure is None or kind_of(failure) not in {"died", "memory"}:
        return
    raise UsageError(
        f"partition {replay.partition.index:,} ended its worker ({failure['message']}), "
        "and may end this kernel too",
        hint=f"run it in a process of its own, in a terminal: jupyter agilab replay {replay.run.run_id} "
        f"{replay.partition.index}; or add --anyway",
    )


def _went_well(replay: Replay, outcome: Outcome) -> str:
    from jupyter_agilab.panel.columns import printable
    from jupyter_agilab.panel.figures import counted, duration, size

    encoded = outcome.encoded
    assert encoded is not None  # there was no error
    described = f"partition {replay.partition.index:,} ({replay.partition.describe()})"
    what = f"{counted(encoded.records, 'record')}, {size(len(encoded.data))}, {duration(outcome.seconds)}"
    return printable(f"{described} went well: {what}\n{outcome.preview}".rstrip(), keep="\n\t")


def _leave_for_debug(error: BaseException) -> None:
    """Make ``%debug`` look at the error, from the author's first frame on."""
    from jupyter_agilab.tracebacks import authors_frames

    frames = authors_frames(error)
    if frames is not None:
        last: Any = sys
        last.last_type, last.last_traceback = type(error), frames
        last.last_value = last.last_exc = error.with_traceback(frames)


def _can_ask(shell: Any) -> bool:
    """Tell whether somebody can type an answer: nbconvert and the like have nobody."""
    kernel = getattr(shell, "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", True)) if kernel is not None else sys.stdin.isatty()
