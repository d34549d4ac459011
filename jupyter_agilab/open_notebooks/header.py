"""The first line of a stage cell: read, and written anew with some of its words changed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_agilab.errors import UsageError

_HEAD = re.compile(r"%%parallel_stage(?:[ \t]+(.*))?")
_ALONE = frozenset({"--workers-auto", "--allow-pickle", "--overwrite", "--trial", "--run"})
"""Flags that have no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The words of a ``%%parallel_stage`` line.

    Attributes
    ----------
    name
        The stage; empty where the line does not name one.
    flags
        Each flag with its values in the order of the line: none for a flag that stands alone, several where
        it is repeated.
    lines
        How many lines of the cell come before its body: blank ones, and the header itself.
    """

    name: str = ""
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lines: int = 1

    def value(self, flag: str) -> str | None:
        """Give a flag's value, the last one where it is repeated; None where the line does not have it."""
        values = self.flags.get(flag)
        return values[-1] if values else None

    def values(self, flag: str) -> tuple[str, ...]:
        """Give the names that a repeatable flag lists, commas taken apart."""
        return tuple(
            name for value in self.flags.get(flag, ()) for name in map(str.strip, value.split(",")) if name
        )


def split_cell(source: str) -> tuple[Header | None, str]:
    """Take a cell's ``%%parallel_stage`` line off; None and the whole text for a cell that has none."""
    rest = source.lstrip("\n")
    head, _, body = rest.partition("\n")
    found = _HEAD.fullmatch(head.rstrip())
    if found is None:
        return None, source
    blank = len(source) - len(rest)
    return _read(found[1] or "", blank + 1), body


def header_line(name: str, flags: Mapping[str, tuple[str, ...]]) -> str:
    """Write the line.

    Raises
    ------
    UsageError
        A value has a line break, or both kinds of quotation mark.
    """
    words = [f"%%parallel_stage {name}"]
    for flag, values in flags.items():
        words += [f"{flag} {_quoted(value, flag)}" for value in values] if values else [flag]
    return " ".join(words)


def _read(line: str, lines: int) -> Header:
    try:
        words = _words(line)
    except ValueError:
        words = line.split()
    name = words.pop(0) if words and not words[0].startswith("-") else ""
    flags: dict[str, tuple[str, ...]] = {}
    place = 0
    while place < len(words):
        flag, equals, value = words[place].partition("=")
        place += 1
        if not flag.startswith("--"):
            continue
        if flag in _ALONE:
            flags[flag] = ()
            continue
        if not equals:
            if place == len(words) or words[place].startswith("--"):
                continue
            value = words[place]
            place += 1
        flags[flag] = (*flags.get(flag, ()), value)
    return Header(name=name, flags=flags, lines=lines)


def _words(line: str) -> list[str]:
    """Split as the magic does: quotes as in a shell, and a backslash stays."""
    words = shlex.shlex(line, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = ""
    words.escape = ""
    return list(words)


def _quoted(value: str, flag: str) -> str:
    if "\n" in value or "\r" in value:
        raise UsageError(f"{flag} has a line break, and the cell's first line is one line")
    if value and re.fullmatch(r"[\w.,:@%+-]+", value) and not value.startswith("-"):
        return value
    for mark in ('"', "'"):
        if mark not in value:
            return f"{mark}{value}{mark}"
    raise UsageError(
        f"{flag} has both kinds of quotation mark, which the cell's first line cannot hold",
        hint="write that value into the contract instead",
    )
