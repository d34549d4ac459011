"""A cell's text as plain Python, line for line, with a note of each piece of IPython syntax."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.cells.magic_lines import (
    OUR_CELL_MAGICS,
    Outcome,
    Translation,
    auto_call,
    cell_magic,
    help_request,
    line_magic,
    shell_line,
)


@dataclass(frozen=True, slots=True)
class PythonSource:
    """Python that does what the cell does, as far as the translations say.

    Attributes
    ----------
    text
        As many lines as were typed; what is not Python is blank, ``pass`` or ``None``.
    translations
        One for each piece of IPython syntax, in the order of the lines.
    shifts
        1-based line to the number of characters that were taken away before the rest of it.
    cell_magic
        Name of the magic on top that decides who runs the cell (``bash``, ``parallel_stage``), None for
        plain Python.
    """

    text: str
    translations: tuple[Translation, ...]
    shifts: Mapping[int, int]
    cell_magic: str | None = None

    def typed_column(self, line: int, column: int) -> int:
        """Give the 1-based column in the typed cell for a 1-based column of `line` in `text`."""
        return column + self.shifts.get(line, 0)


def python_source(cell_text: str) -> PythonSource:
    """Make a cell's text plain Python.

    Nothing is run and nothing is parsed beyond what is needed to find the magics: where the cell is not
    Python at all, the text comes back as it was and parsing it says so. Where a line is found is decided by
    IPython's own rules.
    """
    text = "\n".join(re.split(r"\r\n|\r|\n", cell_text))
    if _is_python(text):
        return PythonSource(text, (), {})
    translations: list[Translation] = []
    shifts: dict[int, int] = {}
    lines = _without_prompts(text.split("\n"), shifts)
    magic = _take_cell_magics(lines, translations)
    if magic is not None and magic not in OUR_CELL_MAGICS:
        return PythonSource("\n" * (len(lines) - 1), tuple(translations), {}, magic)
    if not _is_python("\n".join(lines)):
        _take_line_magics(lines, translations, shifts)
    return PythonSource("\n".join(lines), tuple(sorted(translations, key=lambda t: t.line)), shifts, magic)


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without_prompts(lines: list[str], shifts: dict[int, int]) -> list[str]:
    """Take away a common indentation and ``>>>`` or ``In [1]:`` prompts, as IPython does for pasted code."""
    from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt, leading_indent

    stripped = [f"{line}\n" for line in lines]
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    head, rest = stripped[:first], stripped[first:]
    for transform in (leading_indent, classic_prompt, ipython_prompt):
        rest = transform(rest)
    plain = [line.rstrip("\n") for line in (*head, *rest)]
    for number, (before, after) in enumerate(zip(lines, plain, strict=True), start=1):
        if before != after and after.strip():
            shifts[number] = len(before) - len(after)
    return plain


def _take_cell_magics(lines: list[str], translations: list[Translation]) -> str | None:
    """Blank the cell magics on top; returns the one that decides who runs the cell."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = re.match(r"%%(\w+)(?!\w*\?)", line)
        if not found:
            return None
        lines[number - 1] = ""
        outcome = cell_magic(found[1])
        if outcome is None:
            return found[1]
        translations.append(_placed(outcome, number, 1, line))
        if outcome.action == "refused":
            return found[1]
    return None


def _take_line_magics(lines: list[str], translations: list[Translation], shifts: dict[int, int]) -> None:
    from IPython.core import inputtransformer2 as ipython

    kinds = (ipython.MagicAssign, ipython.SystemAssign, ipython.HelpEnd, ipython.EscapedCommand)
    for _ in range(len(lines) + 1):
        ended = [f"{line}\n" for line in lines]
        try:
            tokens = ipython.make_tokens_by_line(ended)
        except SyntaxError:
            # parsing tells about it
            return
        found: list[Any] = [place for kind in kinds if (place := kind.find(tokens))]
        if not found:
            return
        piece = min(found, key=lambda each: each.sortby())
        start, column = piece.start_line, piece.start_col
        if isinstance(piece, ipython.HelpEnd):
            end = piece.q_line
            written = "\n".join(lines[start : end + 1])[column:]
            outcome = help_request()
        else:
            end = min(ipython.find_end_of_continued_line(ended, start), len(lines) - 1)
            written = ipython.assemble_continued_line(ended, (start, column), end)
            assigned = isinstance(piece, ipython.MagicAssign | ipython.SystemAssign)
            outcome = _outcome(written, assigned=assigned)
        python = outcome.python or ("pass" if column and not outcome.python else "")
        before = lines[start][:column]
        lines[start] = before + python if python else ""
        for blank in range(start + 1, end + 1):
            lines[blank] = ""
        if outcome.action == "translated":
            shifts[start + 1] = shifts.get(start + 1, 0) + len(written) - len(python)
        translations.append(_placed(outcome, start + 1, column + 1, written))


def _outcome(written: str, *, assigned: bool) -> Outcome:
    if written.startswith("%"):
        return line_magic(written[1:], assigned=assigned)
    if written.startswith("!"):
        return shell_line(written.lstrip("!"), assigned=assigned)
    if written.startswith("?"):
        return help_request()
    return auto_call(written[0])


def _placed(outcome: Outcome, line: int, column: int, text: str) -> Translation:
    return Translation(
        line=line,
        column=column,
        text=text,
        action=outcome.action,
        python=outcome.python,
        message=outcome.message,
        hint=outcome.hint,
        important=outcome.important,
    )
