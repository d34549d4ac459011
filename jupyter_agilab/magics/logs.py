"""``%parallel_logs``: what partitions printed."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from IPython.core.magic import magics_class

from jupyter_agilab.magics import declare
from jupyter_agilab.magics.family import Family
from jupyter_agilab.magics.parser import MagicParser, whole

_SHOWN_LINES = 200

LOGS = MagicParser(
    "%parallel_logs",
    """Show what the partitions of a run printed, warned and logged; also while it goes on.

    %parallel_logs clean
    %parallel_logs clean 5
    %parallel_logs clean --grep "WARN|Error" --tail 50""",
    names="runs",
)
LOGS.add_argument(
    "run",
    nargs="?",
    metavar="RUN",
    help="a run's id or the start of it, or a stage for its newest run; else the newest run here",
)
LOGS.add_argument(
    "partitions",
    nargs="?",
    metavar="PARTITIONS",
    help="only these partitions, by their index in the plan: 5 or 0-9,12",
)
LOGS.add_argument("--grep", metavar="REGEX", help="only lines in which this is found")
LOGS.add_argument("--stream", choices=("stdout", "stderr"), help="only what went to this stream")
LOGS.add_argument("--failed", action="store_true", help="only partitions that failed")
LOGS.add_argument(
    "--tail",
    type=whole,
    default=_SHOWN_LINES,
    metavar="N",
    help=f"only the last N of these lines; {_SHOWN_LINES} unless said otherwise, 0 for all",
)


@magics_class
class LogsMagics(Family):
    """The magic that shows logs."""

    @declare.line(LOGS)
    def parallel_logs(self, line: str) -> None:
        """Show what partitions printed."""
        arguments = LOGS.read(line)
        from jupyter_agilab import api
        from jupyter_agilab.panel.logs_text import notes_on
        from jupyter_agilab.panel.logs_view import LogsView
        from jupyter_agilab.run.log_tail import LogTail
        from jupyter_agilab.run.partition_choice import chosen_indexes

        logs = api.logs(arguments.run or self._newest_run())
        chosen = chosen_indexes(arguments.partitions, logs.run) if arguments.partitions else None
        most = arguments.tail or None
        if most and chosen is None and not (arguments.grep or arguments.stream or arguments.failed):
            lines = LogTail(logs.run, most).poll()
        else:
            found = logs.lines(chosen, grep=arguments.grep, stream=arguments.stream, failed=arguments.failed)
            lines = tuple(deque(found, maxlen=most))
        notes = notes_on(logs)
        if len(lines) == most:
            notes.insert(0, f"These are the last {most:,} lines; --tail 0 shows all.")
        indexes = sorted({each.index for each in lines if each.index is not None})
        self.session.display(
            LogsView(
                stage=logs.run.stage,
                run_id=logs.run.run_id,
                lines=lines,
                described={index: logs.describe(index) for index in indexes},
                note=" ".join(notes),
            )
        )

    @staticmethod
    def _newest_run() -> str:
        from jupyter_agilab import api
        from jupyter_agilab.errors import RunNotFoundError

        found = api.runs(Path.cwd())
        if not found:
            raise RunNotFoundError(
                f"there are no runs yet in {Path.cwd()}", hint="%parallel_run STAGE starts one"
            )
        return found[0].run_dir
