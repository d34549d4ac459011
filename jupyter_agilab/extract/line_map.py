"""Which line of the module is which line of a cell: the module's last comments say it."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator

LineMap = tuple[tuple[int, int, int], ...]
"""Runs of lines: first line of the module, first line of the cell, how many. Sorted by the module's lines."""

HelperMap = tuple[tuple[str, int, int, int], ...]
"""The same for what was copied from other cells: the name that such a cell defines before each run."""

_HEAD = "# Lines here = in the cell: "
_HELPERS_HEAD = "# Lines here = in the cell that defines each: "
_RUN = re.compile(r"(\d+)(?:-(\d+))?=(\d+)")
_NAMED_RUN = re.compile(r"([^\W\d]\w*) (\d+)(?:-(\d+))?=(\d+)")


def pair(new: ast.AST, old: ast.AST) -> Iterator[tuple[int, int]]:
    """Give the line of each node of `new` with that of the same node in `old`, a tree of the same shape."""
    pending = [(new, old)]
    while pending:
        one, other = pending.pop()
        line, before = getattr(one, "lineno", None), getattr(other, "lineno", None)
        if line is not None and before is not None:
            yield line, before
        pending.extend(zip(ast.iter_child_nodes(one), ast.iter_child_nodes(other), strict=False))


def runs(pairs: Iterable[tuple[int, int]]) -> LineMap:
    """Join pairs of lines to runs; lines between two with the same distance belong to the run."""
    first: dict[int, int] = {}
    for line, before in sorted(pairs):
        first.setdefault(line, before)
    done: list[tuple[int, int, int]] = []
    for line, before in sorted(first.items()):
        if done and line - before == done[-1][0] - done[-1][1]:
            done[-1] = done[-1][0], done[-1][1], line - done[-1][0] + 1
        else:
            done.append((line, before, 1))
    return tuple(done)


def comment(line_map: LineMap, width: int = 88) -> str:
    """Write a map as comment lines; empty for an empty map."""
    return _comment(_HEAD, (_run(*run) for run in line_map), width)


def helpers_comment(helper_map: HelperMap, width: int = 88) -> str:
    """Write the map of copied definitions as comment lines; empty for an empty map."""
    return _comment(_HELPERS_HEAD, (f"{name} {_run(*run)}" for name, *run in helper_map), width)


def _run(first: int, before: int, count: int) -> str:
    return f"{first}-{first + count - 1}={before}" if count > 1 else f"{first}={before}"


def _comment(head: str, words: Iterable[str], width: int) -> str:
    told = ", ".join(words)
    # a name and its lines may stand on two lines: both are read as one text
    return "\n".join(textwrap.wrap(head + told, width, subsequent_indent="#  ")) if told else ""


def read_line_map(module_text: str) -> LineMap:
    """Read the map of the cell from a module that we wrote; empty where there is none."""
    found = _RUN.finditer(_read_comment(module_text, _HEAD))
    return tuple((int(run[1]), int(run[3]), _count(run[1], run[2])) for run in found)


def read_helper_map(module_text: str) -> HelperMap:
    """Read the map of what was copied from other cells; empty where there is none."""
    found = _NAMED_RUN.finditer(_read_comment(module_text, _HELPERS_HEAD))
    return tuple((run[1], int(run[2]), int(run[4]), _count(run[2], run[3])) for run in found)


def _count(first: str, last: str | None) -> int:
    return int(last or first) - int(first) + 1


def _read_comment(module_text: str, head: str) -> str:
    start = module_text.rfind(f"\n{head}")
    if start < 0:
        return ""
    first, *others = module_text[start + 1 :].split("\n")
    lines = [first.removeprefix(head)]
    for line in others:
        if not line.startswith("#  "):
            break
        lines.append(line.removeprefix("#  "))
    return " ".join(lines)


def cell_line(module_text: str, line: int) -> int | None:
    """Give the line of the typed cell that `line` of the module came from; None where it came from elsewhere.

    It is right as long as the module is as we wrote it, which its digest in the contract's ``[source]``
    tells.
    """
    for first, before, count in read_line_map(module_text):
        if first <= line < first + count:
            return before + line - first
    return None


def typed_line(module_text: str, line: int) -> tuple[str, int] | None:
    """Give where `line` of the module was typed; None where no cell has it.

    Returns
    -------
    tuple of str and int
        The name that the cell defines, empty for the stage's own cell, and the line in that cell. It is right
        as long as the module is as we wrote it.
    """
    own = cell_line(module_text, line)
    if own is not None:
        return "", own
    for name, first, before, count in read_helper_map(module_text):
        if first <= line < first + count:
            return name, before + line - first
    return None
