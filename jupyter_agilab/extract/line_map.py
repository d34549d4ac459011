"""Which line of the module is which line of the cell: the module's last comment says it."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator

LineMap = tuple[tuple[int, int, int], ...]
"""Runs of lines: first line of the module, first line of the cell, how many. Sorted by the module's lines."""

_HEAD = "# Lines here = in the cell: "
_RUN = re.compile(r"(\d+)(?:-(\d+))?=(\d+)")


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
    words = [f"{a}-{a + n - 1}={b}" if n > 1 else f"{a}={b}" for a, b, n in line_map]
    if not words:
        return ""
    return "\n".join(textwrap.wrap(_HEAD + ", ".join(words), width, subsequent_indent="#  "))


def read_line_map(module_text: str) -> LineMap:
    """Read the map from a module that we wrote; empty where there is none."""
    start = module_text.rfind(f"\n{_HEAD}")
    if start < 0:
        return ()
    found = []
    for run in _RUN.finditer(module_text, start + len(_HEAD)):
        first, last, before = int(run[1]), int(run[2] or run[1]), int(run[3])
        found.append((first, before, last - first + 1))
    return tuple(found)


def cell_line(module_text: str, line: int) -> int | None:
    """Give the line of the typed cell that `line` of the module came from; None where it came from elsewhere.

    It is right as long as the module is as we wrote it, which its digest in the contract's ``[source]``
    tells.
    """
    for first, before, count in read_line_map(module_text):
        if first <= line < first + count:
            return before + line - first
    return None
