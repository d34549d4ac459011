"""A cell's text with its tree: where nodes stand, and edits that leave all else as it was typed."""

from __future__ import annotations

import ast
from collections.abc import Iterator


class Source:
    """A cell as plain Python, parsed; offsets are in characters of ``text``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.tree = ast.parse(text)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        """Give the offset of a place as `ast` tells it: line from 1, column in bytes."""
        typed = self.lines[line - 1]
        inside = column if typed.isascii() else len(typed.encode()[:column].decode("utf-8", "ignore"))
        return self.starts[line - 1] + inside

    def span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Give where a node starts and ends; a decorated function starts with its decorators."""
        first = getattr(node, "decorator_list", None)
        line, column = node.lineno, node.col_offset
        if first:
            line, column = first[0].lineno, node.col_offset
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(line, column), self.offset(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.stmt | ast.expr) -> str:
        """Give a node's text as typed; what is whole only in its place, as ``a, b``, in parentheses."""
        start, end = self.span(node)
        text = self.text[start:end]
        if isinstance(node, ast.Tuple) and not text.startswith("("):
            return f"({text})"
        if isinstance(node, ast.expr) and "\n" in text and not _is_enclosed(node):
            return f"({text})"
        return text

    def fills_its_lines(self, node: ast.stmt) -> bool:
        """Tell whether nothing but a comment stands beside a statement on its lines."""
        start, end = self.span(node)
        before = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        stop = self.text.find("\n", end)
        after = self.text[end : stop if stop >= 0 else len(self.text)].strip()
        return not before.strip() and (not after or after.startswith("#"))

    def indent(self, line: int) -> str:
        """Give the blanks that a line starts with."""
        typed = self.lines[line - 1]
        return typed[: len(typed) - len(typed.lstrip())]

    def inside_of_texts(self) -> frozenset[int]:
        """Give the lines (from 1) that start inside a string: their blanks belong to it."""
        found: set[int] = set()
        for node in ast.walk(self.tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
            if isinstance(node, ast.expr) and (is_text or isinstance(node, ast.JoinedStr)):
                found.update(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
        return frozenset(found)


def _is_enclosed(node: ast.expr) -> bool:
    """Tell whether a node's own text has brackets around all that spans lines."""
    enclosed = (
        ast.Tuple
        | ast.List
        | ast.Dict
        | ast.Set
        | ast.ListComp
        | ast.SetComp
        | ast.DictComp
        | ast.GeneratorExp
    )
    if isinstance(node, enclosed):
        return True
    return isinstance(node, ast.Call) and node.func.lineno == node.func.end_lineno


class Edited:
    """Lines `first` to `last` of a source, moved to another indentation, with parts of them replaced."""

    def __init__(self, source: Source, first: int, last: int, before: str, now: str) -> None:
        self.source = source
        self.start = source.starts[first - 1]
        self.end = min(source.starts[last], len(source.text) + 1) - 1
        self._edits: list[tuple[int, int, str]] = []
        self._lines = range(first, last + 1)
        self._before, self._now = before, now

    def replace(self, start: int, end: int, text: str) -> None:
        """Put `text` in the place of the characters from `start` to `end`."""
        self._edits.append((start, end, text))

    def remove(self, statement: ast.stmt) -> None:
        """Take a statement away, with its lines where it fills them."""
        start, end = self.source.span(statement)
        if not self.source.fills_its_lines(statement):
            self.replace(start, end, "pass")
            return
        start = self.source.text.rfind("\n", 0, start) + 1
        stop = self.source.text.find("\n", end)
        self.replace(start, len(self.source.text) if stop < 0 else stop + 1, "")

    def moved(self, line: int) -> str:
        """Give the new indentation of a line."""
        return self._now + self.source.indent(line).removeprefix(self._before)

    def text(self) -> str:
        """Give the lines as they are now."""
        whole, parts, at = self.source.text, [], self.start
        for start, end, text in sorted(self._all()):
            if start < at:
                continue
            parts += [whole[at:start], text]
            at = end
        return "".join([*parts, whole[at : self.end]]).rstrip()

    def _all(self) -> Iterator[tuple[int, int, str]]:
        yield from self._edits
        taken = [(start, end) for start, end, _ in self._edits if end > start]
        inside = self.source.inside_of_texts()
        for line in self._lines:
            at = self.source.starts[line - 1]
            if line in inside or any(start < at < end for start, end in taken):
                continue
            if any(start == at for start, _ in taken):
                continue
            if not self.source.lines[line - 1].strip():
                continue
            indent = self.source.indent(line)
            kept = indent.removeprefix(self._before) if indent.startswith(self._before) else ""
            yield at, at + len(indent), self._now + kept
