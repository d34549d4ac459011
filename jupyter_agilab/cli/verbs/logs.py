"""``jupyter agilab logs RUN [PARTITIONS]``."""

from __future__ import annotations

import argparse
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from jupyter_agilab.cli.terminal import Terminal, encodable
from jupyter_agilab.cli.verb import GOOD, Verb, positive
from jupyter_agilab.cli.verbs.attach import RUN_HELP
from jupyter_agilab.errors import UsageError

if TYPE_CHECKING:
    from jupyter_agilab.run.logs import LogLine, RunLogs

_PERIOD_S = 0.2


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument(
        "partitions",
        metavar="PARTITIONS",
        nargs="?",
        help="only these partitions, by their index in the plan: 5 or 0-9,12",
    )
    parser.add_argument("--grep", metavar="REGEX", help="only lines in which this is found")
    parser.add_argument("--stream", choices=("stdout", "stderr"), help="only what went to this stream")
    parser.add_argument("--failed", action="store_true", help="only partitions that failed")
    parser.add_argument("--tail", type=positive, metavar="N", help="only the last N of these lines")
    parser.add_argument(
        "--follow", action="store_true", help="show lines as they come, until the run has ended"
    )


def _execute(args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.panel.logs_text import notes_on
    from jupyter_agilab.run.logs import pattern_of
    from jupyter_agilab.run.partition_choice import chosen_indexes

    logs = api.logs(args.run)
    chosen = chosen_indexes(args.partitions, logs.run) if args.partitions else None
    grep = pattern_of(args.grep)
    if args.follow:
        if terminal.as_json or args.failed or args.tail:
            raise UsageError(
                "--follow shows lines as they come, so it goes with neither --json, --failed nor --tail",
                hint="leave --follow out: the logs of a run that goes on can be read at any time",
            )
        return _follow(logs, chosen, args, terminal)
    lines: Iterable[LogLine] = logs.lines(chosen, grep=grep, stream=args.stream, failed=args.failed)
    if args.tail:
        everything = chosen is None and not (args.grep or args.stream or args.failed)
        lines = _newest(logs, args.tail) if everything else deque(lines, maxlen=args.tail)
    head = {"run_id": logs.run.run_id, "run_dir": str(logs.run.path), "stage": logs.run.stage}
    if terminal.as_json:
        terminal.answer_with_list(head, "lines", (_line_json(line, logs) for line in lines))
        return GOOD
    if not _show(lines, logs, is_flat=args.grep is not None):
        terminal.say(_nothing(args))
    for note in notes_on(logs):
        terminal.say(note)
    return GOOD


def _show(lines: Iterable[LogLine], logs: RunLogs, *, is_flat: bool) -> bool:
    """Print lines as they are read; say whether there were any."""
    from jupyter_agilab.panel.logs_text import flat_line, log_lines

    run_id = logs.run.run_id
    texts: Iterator[str]
    if is_flat:
        texts = (flat_line(line, run_id, logs.describe) for line in lines)
    else:
        texts = log_lines(lines, run_id, logs.describe)
    shown = False
    for text in texts:
        shown = True
        sys.stdout.write(encodable(text, sys.stdout) + "\n")
    return shown


def _follow(logs: RunLogs, chosen: set[int] | None, args: argparse.Namespace, terminal: Terminal) -> int:
    from jupyter_agilab import api
    from jupyter_agilab.run.log_tail import LogFollower
    from jupyter_agilab.run.logs import pattern_of

    watch, follower = api.attach(str(logs.run.path)), LogFollower(logs.run)
    pattern = pattern_of(args.grep)
    ended = False
    try:
        while not ended:
            # asked first: what is printed before the end is then read after it
            ended = watch.refresh().ended
            new = [*follower.poll(), *(follower.unfinished() if ended else ())]
            wanted = (
                line
                for line in new
                if (chosen is None or line.index in chosen)
                and args.stream in {None, line.stream}
                and (pattern is None or pattern.search(line.text))
            )
            _show(wanted, logs, is_flat=True)
            sys.stdout.flush()
            if not ended:
                time.sleep(_PERIOD_S)
    except KeyboardInterrupt:
        terminal.say("the run goes on")
    return GOOD


def _newest(logs: RunLogs, count: int) -> Iterable[LogLine]:
    from jupyter_agilab.run.log_tail import LogTail

    return LogTail(logs.run, count).poll()


def _nothing(args: argparse.Namespace) -> str:
    if args.grep is not None:
        return f"no line has {args.grep!r}"
    if args.failed:
        return "no partition that failed has printed anything"
    return "nothing was printed"


def _line_json(line: LogLine, logs: RunLogs) -> dict[str, Any]:
    return {
        "index": line.index,
        "described": logs.describe(line.index),
        "attempt": line.attempt,
        "worker": line.worker,
        "run_id": line.run_id,
        "stream": line.stream,
        "text": line.text,
    }


VERB = Verb(
    name="logs",
    summary="show what partitions printed",
    description=(
        "Show what the partitions of a run printed, warned and logged, in the order of the plan: while it "
        "goes on, when it has ended, and of partitions that it took over from an earlier run. With --grep "
        "each line names its partition."
    ),
    add_arguments=_add_arguments,
    execute=_execute,
)
