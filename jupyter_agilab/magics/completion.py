"""Completion of the magics' lines: flags, their values, stages, runs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jupyter_agilab.magics.parser import MagicParser

_SHOWN_RUNS = 20


def completer_for(parser: MagicParser) -> Callable[[Any, Any], list[str]]:
    """Make IPython's completer for the lines of one magic."""

    def complete(shell: Any, event: Any) -> list[str]:
        line = getattr(event, "text_until_cursor", event.line).lstrip()
        return candidates(parser, line.split()[1:], ends_with_blank=line[-1:].isspace(), shell=shell)

    return complete


def candidates(
    parser: MagicParser, words: list[str], *, ends_with_blank: bool, shell: Any = None
) -> list[str]:
    """Give what may stand at the end of a line.

    Parameters
    ----------
    words
        The words behind the magic's name up to the cursor.
    ends_with_blank
        Whether the last word is complete.
    """
    current = "" if ends_with_blank or not words else words[-1]
    before = words if ends_with_blank else words[:-1]
    flags = parser.flags
    waiting = flags.get(before[-1]) if before else None
    if waiting is not None and waiting.nargs != 0:
        return _matching(_values(waiting, shell), current)
    named = [action for action in parser.declared if not action.option_strings]
    given = _positionals(before, flags)
    found: list[str] = []
    if not current.startswith("-") and given < len(named):
        found += _matching(_named(parser), current)
    if current.startswith("-") or not found:
        used = {flags[word].dest for word in before if word in flags}
        again = {action.dest for action in flags.values() if isinstance(action.default, list)}
        found += _matching(
            (flag for flag, action in flags.items() if action.dest not in used - again), current
        )
    return found


def stage_names(folder: Path) -> list[str]:
    """Name the stages whose contracts lie in a folder."""
    ending = ".parallel_stage.toml"
    return sorted(path.name.removesuffix(ending) for path in folder.glob(f"*{ending}"))


def workflow_names(folder: Path) -> list[str]:
    """Name the workflows whose files lie in a folder."""
    from jupyter_agilab.workflow.named import SUFFIX

    return sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}"))


def _named(parser: MagicParser) -> list[str]:
    names = stage_names(Path.cwd())
    if parser.names == "workflows":
        return workflow_names(Path.cwd())
    if parser.names == "runs":
        from jupyter_agilab.run.layout import run_directories

        runs = run_directories(Path.cwd())
        newest = [run.run_id for run in runs[:_SHOWN_RUNS]]
        return [*dict.fromkeys(run.stage for run in runs), *newest]
    return names if parser.names == "stages" else []


def _values(action: argparse.Action, shell: Any) -> Iterable[str]:
    if action.choices is not None:
        return map(str, action.choices)
    if action.dest == "workers":
        return ("auto",) if action.metavar == "N|auto" else ()
    if action.dest == "reducer":
        from jupyter_agilab.contract.model import REDUCERS
        from jupyter_agilab.stage_options import ready_made_names

        return (*REDUCERS, *ready_made_names())
    if action.dest in {"share", "item", "returns"} and shell is not None:
        hidden = getattr(shell, "user_ns_hidden", {})
        return sorted(name for name in shell.user_ns if not name.startswith("_") and name not in hidden)
    if action.dest == "after":
        return stage_names(Path.cwd())
    if action.dest == "workflow":
        return workflow_names(Path.cwd())
    if action.dest in {"when", "flag", "group"}:
        return _of_workflows(action.dest)
    if action.dest in {"input", "output", "logs"}:
        # another stage may be an input
        stages = stage_names(Path.cwd()) if action.metavar == "PATH|STAGE" else []
        return [*stages, *(f"{name}.artifact" for name in stages), *_paths()]
    return ()


def _of_workflows(what: str) -> list[str]:
    """Name the flags, or the groups, of the workflows in this folder."""
    from jupyter_agilab.workflow.load import read_workflow
    from jupyter_agilab.workflow.named import workflow_path

    found: set[str] = set()
    for name in workflow_names(Path.cwd()):
        workflow = read_workflow(workflow_path(name)).workflow
        if workflow is not None:
            groups = {stage.group for stage in workflow.stages.values() if stage.group}
            found |= {*groups, *workflow.groups} if what == "group" else set(workflow.flags)
    return sorted(found)


def _paths() -> list[str]:
    here = sorted(Path.cwd().glob("*"))
    return [f"{path.name}/" if path.is_dir() else path.name for path in here if not path.name.startswith(".")]


def _positionals(words: list[str], flags: dict[str, argparse.Action]) -> int:
    count = 0
    skip = False
    for word in words:
        action = flags.get(word)
        if action is not None:
            skip = action.nargs != 0
        elif skip:
            skip = False
        elif not re.match(r"--?\w", word):
            count += 1
    return count


def _matching(names: Iterable[str], start: str) -> list[str]:
    return [name for name in names if name.startswith(start)]
