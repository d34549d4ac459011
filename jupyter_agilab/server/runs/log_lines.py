"""What partitions printed, as answers have it: a bounded number of lines."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from typing import Any, Literal

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.log_tail import LogTail
from jupyter_agilab.run.logs import LogLine, RunLogs
from jupyter_agilab.run.partition_choice import chosen_indexes
from jupyter_agilab.server.places import Root

MOST_LINES = 5000
_MOST_CHARACTERS = 4000


def last_lines(
    run: RunDirectory,
    root: Root,
    *,
    tail: int,
    partitions: str | None = None,
    text: str = "",
    stream: Literal["stdout", "stderr"] | None = None,
    failed: bool = False,
) -> dict[str, Any]:
    """Give the last lines in the order of the plan; without a choice, those that were printed last.

    Parameters
    ----------
    text
        Only lines in which this stands, as it is: a pattern of the reader's could keep the server busy for
        ever.

    Raises
    ------
    UsageError
        `partitions` names none.
    """
    logs = RunLogs(run)
    chosen = chosen_indexes(partitions, run) if partitions is not None else None
    is_everything = chosen is None and not (text or stream or failed)
    if is_everything:
        lines: Iterable[LogLine] = LogTail(run, tail + 1).poll()
        if not lines:
            # what it took over was printed in earlier runs
            lines = logs.lines()
    else:
        grep = re.compile(re.escape(text)) if text else None
        lines = logs.lines(chosen, grep=grep, stream=stream, failed=failed)
    kept = deque(lines, maxlen=tail + 1)
    is_all = len(kept) <= tail
    if not is_all:
        kept.popleft()
    return {"lines": [_json(line, logs, root) for line in kept], "is_all": is_all}


def _json(line: LogLine, logs: RunLogs, root: Root) -> dict[str, Any]:
    text = line.text if len(line.text) <= _MOST_CHARACTERS else f"{line.text[:_MOST_CHARACTERS]}…"
    return {
        "index": line.index,
        "described": root.without_root(logs.describe(line.index)),
        "attempt": line.attempt,
        "worker": line.worker,
        "run_id": line.run_id,
        "stream": line.stream,
        "text": text,
        "time": line.time_s,
    }
