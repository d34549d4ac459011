"""A finding: what is wrong (or worth knowing), where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["syntax", "meaning", "environment", "trial"]
"""How much had to be known to see it.

``syntax``: AGILAB refuses it too, or the file cannot be read. ``meaning``: everything stricter than AGILAB.
``environment``: files, module or function are missing. ``trial``: one partition was really run.
"""

Severity = Literal["error", "warning", "info"]

_MARK = {"error": "error", "warning": "warning", "info": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to tell the author, with its place.

    Attributes
    ----------
    code
        Stable identifier, ``family.what-it-is`` (``contract.unknown-key``). Scripts may rely on it.
    level, severity
        See `Level`. Only ``error`` makes a check fail.
    message
        One sentence: what was expected and what came.
    key
        Dotted contract key, or the name in the cell that the finding is about.
    path, cell
        The file, and the notebook cell (1-based ``[n]`` of its execution, or its id), where known.
    line, column
        1-based, in the file or in the cell's source as the author typed it.
    hint
        What to do next; empty where the message already says so.
    """

    code: str
    message: str
    level: Level = "meaning"
    severity: Severity = "error"
    key: str | None = None
    path: str | None = None
    cell: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form; every field is present, unknown ones are null."""
        return {
            "code": self.code,
            "level": self.level,
            "severity": self.severity,
            "key": self.key,
            "path": self.path,
            "cell": self.cell,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "hint": self.hint,
        }

    def where(self) -> str:
        """Give the place as ``file:line:column`` or ``cell 3, line 2``; empty where there is none."""
        place = self.path or (f"cell {self.cell}" if self.cell else "")
        if self.line is None:
            return place
        if self.path:
            return f"{place}:{self.line}" + (f":{self.column}" if self.column else "")
        return f"{place}, line {self.line}" if place else f"line {self.line}"

    def __str__(self) -> str:
        place = self.where()
        text = f"{place}: " if place else ""
        text += f"{_MARK[self.severity]}: {self.message}"
        return f"{text}\n    {self.hint}" if self.hint else text


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Give the findings that make a check fail, in the order they came."""
    return [finding for finding in findings if finding.severity == "error"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give ``did you mean 'x'?`` for a near miss, else an empty string."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""
