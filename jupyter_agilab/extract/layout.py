"""Formatted text of a cell's statements, with their comments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import libcst as cst

from jupyter_agilab.extract.descriptions import described_by, is_description
from jupyter_agilab.extract.spacing import Spacing, regular, split


class Layout:
    """A source text cut into the statements of its top level, in the order of `ast`'s."""

    def __init__(self, text: str) -> None:
        module = cst.parse_module(text if text.endswith("\n") else f"{text}\n")
        pieces: list[Any] = []
        lead = tuple(module.header)
        for statement in module.body:
            lines = (*lead, *statement.leading_lines)
            pieces += split(statement.with_changes(leading_lines=lines))
            lead = ()
        self.raw = pieces
        self.pieces: list[Any] = [piece.visit(Spacing()) for piece in pieces]
        self.footer: list[Any] = [line for line in (*lead, *module.footer) if line.comment]

    def title(self) -> list[str]:
        """Give the comment lines at the very top, where a blank line or an import follows them."""
        if not self.pieces:
            return []
        lines = list(self.pieces[0].leading_lines)
        while lines and lines[0].comment is None:
            lines.pop(0)
        end = next((place for place, line in enumerate(lines) if line.comment is None), None)
        if end is None and not _is_import(self.pieces[0]):
            return []
        return [line.comment.value for line in lines[:end]]

    def description(self, docstring: str | None) -> tuple[str, str]:
        """Give summary and details from the cell's docstring, else from its title, which is then taken away.

        Both are empty where neither says anything.
        """
        if docstring is not None:
            return described_by([], docstring)
        title = self.title()
        if not is_description(title):
            return "", ""
        self._without_title()
        return described_by(title, None)

    def _without_title(self) -> None:
        count = len(self.title())
        lines = list(self.pieces[0].leading_lines)
        while lines and lines[0].comment is None:
            lines.pop(0)
        self.pieces[0] = self.pieces[0].with_changes(leading_lines=lines[count:])

    def statement(self, index: int, *, near: bool = False) -> Any:
        """Give a statement with the comments above it; with `near` only those that touch it."""
        piece = self.pieces[index]
        return piece.with_changes(leading_lines=_near(piece.leading_lines)) if near else piece

    def returned(self, index: int) -> Any:
        """Give an expression statement as ``return``."""
        piece = self.pieces[index]
        value = piece.body[0].value
        return piece.with_changes(body=[cst.Return(value, whitespace_after_return=cst.SimpleWhitespace(" "))])

    def only_argument_of(self, index: int) -> Any:
        """Give ``display(x)`` as ``return x``."""
        piece = self.pieces[index]
        value = piece.body[0].value.args[0].value
        return piece.with_changes(body=[cst.Return(value, whitespace_after_return=cst.SimpleWhitespace(" "))])

    def comment_beside(self, index: int) -> str:
        """Give the comment at the end of a statement's line; empty where there is none."""
        comment = getattr(getattr(self.pieces[index], "trailing_whitespace", None), "comment", None)
        return comment.value if comment is not None else ""

    def comments(self, index: int) -> list[str]:
        """Give all comments above a statement."""
        return [line.comment.value for line in self.pieces[index].leading_lines if line.comment]

    def comments_above(self, index: int) -> list[str]:
        """Give the comments that touch a statement."""
        return [line.comment.value for line in _near(self.pieces[index].leading_lines)]


def lines_of_code(text: str) -> list[Any]:
    """Make statements of text that we wrote."""
    return Layout(text).pieces


def text_at_top(piece: Any) -> str:
    """Write one statement with its comments as it stands at a module's top level."""
    return cst.Module([piece]).code.strip("\n")


def text_in_function(pieces: Sequence[Any], footer: Iterable[Any] = ()) -> str:
    """Write statements as they follow a function's docstring, indented by four spaces."""
    body = cst.IndentedBlock(body=regular(pieces), footer=list(footer))
    blank = "\n" if isinstance(pieces[0], cst.FunctionDef | cst.ClassDef) else ""
    function = cst.FunctionDef(cst.Name("f"), cst.Parameters(), body)
    return blank + cst.Module([function]).code.partition("\n")[2].rstrip("\n")


def with_comments(piece: Any, comments: Sequence[str]) -> Any:
    """Put comment lines on top of those above a statement."""
    lines = [cst.EmptyLine(comment=cst.Comment(text)) for text in comments]
    return piece.with_changes(leading_lines=[*lines, *piece.leading_lines])


def _near(lines: Sequence[Any]) -> list[Any]:
    kept: list[Any] = []
    for line in reversed(lines):
        if line.comment is None:
            break
        kept.insert(0, line)
    return kept


def _is_import(piece: Any) -> bool:
    return isinstance(piece, cst.SimpleStatementLine) and isinstance(
        piece.body[0], cst.Import | cst.ImportFrom
    )
