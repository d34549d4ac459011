"""What partitions printed, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby

from jupyter_agilab.panel.columns import printable
from jupyter_agilab.panel.figures import counted
from jupyter_agilab.panel.terminal_text import plain_line
from jupyter_agilab.run.logs import LogLine, RunLogs

Describe = Callable[[int | None], str]

STDERR_MARK = "! "
LEGEND = f"lines that begin with {STDERR_MARK.strip()} went to stderr"


def origin_of(line: LogLine, run_id: str, describe: Describe) -> str:
    """Say which partition printed a line: its index, what it is, which attempt, on which worker and run."""
    if line.index is None:
        return f"no partition, on {line.worker}"
    attempt = f", attempt {line.attempt}" if line.attempt > 1 else ""
    earlier = f", taken over from run {line.run_id}" if line.run_id != run_id else ""
    return f"{_named(line, describe)}{attempt}, on {line.worker}{earlier}"


def grouped(lines: Iterable[LogLine]) -> Iterator[tuple[LogLine, Iterator[LogLine]]]:
    """Give runs of lines that one attempt of one partition printed, each with its first line."""
    for _, group in groupby(lines, lambda line: (line.index, line.attempt, line.worker, line.run_id)):
        lines_of_one = iter(group)
        first = next(lines_of_one)
        yield first, chain([first], lines_of_one)


def line_text(line: LogLine) -> str:
    """Give one line with the mark of its stream."""
    mark = STDERR_MARK if line.stream == "stderr" else "  "
    return f"{mark}{plain_line(line.text)}".rstrip()


def log_lines(lines: Iterable[LogLine], run_id: str, describe: Describe) -> Iterator[str]:
    """Lay lines out below the partitions that printed them."""
    for first, group in grouped(lines):
        yield printable(origin_of(first, run_id, describe)) + ":"
        yield from map(line_text, group)


def flat_line(line: LogLine, run_id: str, describe: Describe) -> str:
    """Give one line with its partition in front, as it stands among lines of other partitions."""
    if line.index is None:
        who = f"no partition, {line.worker}"
    else:
        attempt = f" attempt {line.attempt}" if line.attempt > 1 else ""
        earlier = f" run {line.run_id}" if line.run_id != run_id else ""
        who = f"{_named(line, describe)}{attempt}{earlier}"
    stream = "err" if line.stream == "stderr" else "out"
    return f"{printable(who)} {stream}: {plain_line(line.text)}"


def notes_on(logs: RunLogs) -> list[str]:
    """Say what the logs of a run lack, and where the rest may be found."""
    notes = []
    gone = sum(origin.run is None for origin in logs.taken_over.values())
    if gone:
        were = "was" if gone == 1 else "were"
        notes.append(
            f"{counted(gone, 'result')} {were} taken over from runs that are gone, with what they printed"
        )
    try:
        size = logs.run.driver_log.stat().st_size
    except OSError:
        size = 0
    if size:
        notes.append(
            f"the driver's own output, and what no partition can be named for: {logs.run.driver_log}"
        )
    return notes


def _named(line: LogLine, describe: Describe) -> str:
    described = describe(line.index)
    return f"partition {line.index:,}" + (f" ({described})" if described else "")
