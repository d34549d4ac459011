"""Write cells into the text of an ``.ipynb`` file; every other byte stays as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.errors import UsageError
from jupyter_agilab.migrate.notebooks.cell import Changes, NewCell, new_id

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class _Style:
    """How the file is written: indentation of a cell, one step of it, and how JSON's text is escaped."""

    prefix: str
    step: int | str | None
    separators: tuple[str, str]
    ensure_ascii: bool
    line_end: str

    def text(self, cell: dict[str, Any]) -> str:
        written = json.dumps(
            cell, indent=self.step, separators=self.separators, ensure_ascii=self.ensure_ascii
        )
        return written.replace("\n", self.line_end + self.prefix)


def rewritten(text: str, changes: Changes) -> str:
    """Give the notebook's text with some cells replaced.

    Raises
    ------
    UsageError
        It is not a notebook of format 4.
    """
    document, spans = _scanned(text)
    taken = {
        cell["id"] for cell in document["cells"] if isinstance(cell, dict) and isinstance(cell.get("id"), str)
    }
    minor = document.get("nbformat_minor")
    has_ids = bool(taken) or (isinstance(minor, int) and minor >= 5)
    style = _style(text, spans)
    between = _between(text, spans, style)
    parts: list[str] = []
    end = 0
    for index, (start, stop) in enumerate(spans):
        parts.append(text[end:start])
        end = stop
        if index not in changes:
            parts.append(text[start:stop])
            continue
        old = document["cells"][index]
        made = _cells(old, changes[index], has_ids=has_ids, taken=taken)
        parts.append(between.join(style.text(cell) for cell in made))
    return "".join((*parts, text[end:]))


def _cells(
    old: dict[str, Any], new: Sequence[NewCell], *, has_ids: bool, taken: set[str]
) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for place, cell in enumerate(new):
        source: Any = cell.source
        if not isinstance(old.get("source"), str):
            source = source.splitlines(keepends=True)
        fresh = {"execution_count": None, "outputs": [], "source": source}
        if cell.keeps:
            made.append({**old, **{key: fresh[key] for key in fresh if key in old or key == "source"}})
            continue
        whole: dict[str, Any] = {"cell_type": "code", "execution_count": None}
        if has_ids:
            whole["id"] = new_id(str(old.get("id", "")), place, taken)
        made.append({**whole, "metadata": {}, "outputs": [], "source": source})
    return made


def _scanned(text: str) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    """Parse the notebook, and find where each cell's text starts and ends."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the notebook is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("nbformat") != 4:
        number = document.get("nbformat") if isinstance(document, dict) else None
        raise UsageError(
            f"the notebook has format {number}; only format 4 can be rewritten",
            hint="open it in Jupyter and save it, which writes it in format 4",
        )
    if not isinstance(document.get("cells"), list):
        raise UsageError("the notebook has no list of cells")
    spans: list[tuple[int, int]] = []
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if key == "cells":
            spans, at = _elements(text, at)
        else:
            _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return document, spans


def _elements(text: str, at: int) -> tuple[list[tuple[int, int]], int]:
    spans = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, stop = _DECODER.raw_decode(text, at)
        spans.append((at, stop))
        at = _skip(text, stop)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return spans, at + 1


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _style(text: str, spans: Sequence[tuple[int, int]]) -> _Style:
    line_end = "\r\n" if "\r\n" in text[:1000] else "\n"
    ensure_ascii = text.isascii() and "\\u" in text
    if not spans:
        return _Style("  ", 1, (",", ": "), ensure_ascii, line_end)
    start, stop = spans[0]
    above = text.rfind("\n", 0, start) + 1
    prefix = text[above:start]
    inside = re.compile(r"\n([ \t]+)\S").search(text, start, stop)
    if prefix.strip() or above == 0 or inside is None:
        spaced = bool(re.search(r'"\s*:\s', text[:1000]))
        return _Style("", None, (", ", ": ") if spaced else (",", ":"), ensure_ascii, line_end)
    step = inside[1].removeprefix(prefix)
    return _Style(prefix, step or 1, (",", ": "), ensure_ascii, line_end)


def _between(text: str, spans: Sequence[tuple[int, int]], style: _Style) -> str:
    if len(spans) > 1:
        return text[spans[0][1] : spans[1][0]]
    return f",{style.line_end}{style.prefix}" if style.step is not None else style.separators[0]
