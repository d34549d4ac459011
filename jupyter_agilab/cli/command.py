"""The command itself: find the verb, let it do its work, tell what went wrong, give the exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from jupyter_agilab import __version__
from jupyter_agilab.cli.terminal import Terminal
from jupyter_agilab.cli.verb import FOUND, MISUSE, OutsideVerb
from jupyter_agilab.cli.verbs import VERBS, verb_named
from jupyter_agilab.errors import AgilabError, FindingsError, RunNotFoundError, UsageError

PROGRAM = "jupyter agilab"

_EPILOG = "exit codes: 0 good, 1 findings or failed partitions, 2 a command that cannot be understood"


class _CommandError(UsageError):
    """A command that cannot be understood; the hint is how it is used."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are ours, so that ``--json`` can give them as JSON."""

    def error(self, message: str) -> NoReturn:
        raise _CommandError(message, hint=f"{self.format_usage().strip()}\nsee: {self.prog} --help")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Parse as ever, but refuse here what is not known: the verb's usage helps, not the program's."""
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return namespace, unknown


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv
        Arguments after the program's name; by default those of the process.

    Returns
    -------
    int
        0 good, 1 findings or failed partitions, 2 misuse.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    terminal = Terminal(as_json="--json" in arguments)
    try:
        code = _execute(arguments, terminal)
        sys.stdout.flush()
    except SystemExit as ended:
        # --help or --version was asked for
        return int(ended.code or 0)
    except AgilabError as error:
        return _tell(error, terminal)
    except BrokenPipeError:
        # whoever read our output has seen enough; what is left in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND
    except KeyboardInterrupt:
        terminal.say("interrupted")
        return FOUND
    except Exception as error:
        if "--debug" in arguments:
            raise
        return _tell_internal(error, terminal)
    return code


def parser(names: Sequence[str] = VERBS) -> argparse.ArgumentParser:
    """Make the parser of all verbs, or of some."""
    top = _Parser(
        prog=PROGRAM,
        description="Turn notebook cells into parallel stages: check, plan and run their contracts.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"jupyter-agilab {__version__}")
    # it may also stand before the verb, and a mistake there is told as JSON too
    top.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    parsers = top.add_subparsers(prog=PROGRAM, dest="verb", metavar="VERB", title="verbs")
    for verb in map(verb_named, names):
        if isinstance(verb, OutsideVerb):
            parsers.add_parser(verb.name, help=verb.summary, add_help=False)
            continue
        sub = parsers.add_parser(
            verb.name, help=verb.summary, description=verb.description, epilog=_EPILOG, allow_abbrev=False
        )
        verb.add_arguments(sub)
        sub.add_argument("--json", action="store_true", help="print one JSON document to stdout")
        sub.add_argument("--debug", action="store_true", help="show the traceback of an internal error")
    return top


def _execute(arguments: list[str], terminal: Terminal) -> int:
    first = next((argument for argument in arguments if argument != "--json"), "")
    verb = verb_named(first) if first in VERBS else None
    if isinstance(verb, OutsideVerb):
        return verb.execute(arguments[arguments.index(first) + 1 :])
    top = parser(VERBS if verb is None else (first,))
    args = top.parse_args(arguments)
    if verb is None:
        top.error("a verb is missing")
    return verb.execute(args, terminal)


def _tell(error: AgilabError, terminal: Terminal) -> int:
    findings = error.findings if isinstance(error, FindingsError) else ()
    terminal.answer(
        {
            "error": {
                "code": error.code,
                "message": error.summary if isinstance(error, FindingsError) else error.message,
                "hint": error.hint,
                "findings": [finding.to_json() for finding in findings],
            }
        }
    )
    if isinstance(error, _CommandError):
        terminal.say(f"{error.hint}\nerror: {error.message}")
    elif isinstance(error, UsageError) or not terminal.as_json:
        terminal.say(_error_text(error, terminal.message_width))
    return MISUSE if isinstance(error, UsageError | RunNotFoundError) else FOUND


def _error_text(error: AgilabError, width: int) -> str:
    from jupyter_agilab.panel.columns import wrapped
    from jupyter_agilab.panel.text import findings_text, hint_lines

    message = error.summary if isinstance(error, FindingsError) else error.message
    lines = wrapped(f"error: {message}", width, hanging="    ")
    if isinstance(error, FindingsError) and error.findings:
        lines.append(findings_text(error.findings, width))
    return "\n".join([*lines, *hint_lines(error.hint, width)])


def _tell_internal(error: Exception, terminal: Terminal) -> int:
    told = f"{type(error).__name__}: {error}"
    hint = "this is a mistake in jupyter-agilab: please report it, with what --debug shows"
    terminal.answer({"error": {"code": "internal", "message": told, "hint": hint, "findings": []}})
    if not terminal.as_json:
        terminal.say(f"internal error: {told}\n    {hint}")
    return FOUND
