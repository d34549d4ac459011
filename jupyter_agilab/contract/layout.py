r"""Where keys and values stand in a TOML text: for findings with a line, and for edits of single values.

The text must be valid TOML (``tomllib`` has read it): this scanner finds places and leaves judging to the
parser. Grammar: https://toml.io/en/v1.0.0. Ends of lines may be ``\n`` or ``\r\n``.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
"""Names from the top level down; an integer is a place in an array, inline or of tables."""

_INDEXED_DEPTH = 8
"""Tables around a key are found by name up to this depth: a key of 1,000 dots must not cost 500,000 names."""

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d \d\d:[0-9:.+Zz-]+|[^\s,\]}#]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``key = value``: offsets of the key and of the value, half-open.

    ``section`` is the header that it stands under, ``inline`` the inline table that holds it, or None for a
    line.
    """

    path: KeyPath
    section: KeyPath
    inline: KeyPath | None
    key_start: int
    key_end: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Header:
    """One ``[table]`` or ``[[table]]`` line: offsets of the brackets, half-open."""

    path: KeyPath
    start: int
    stop: int
    array: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The entries and headers of a text, each in the order in which they stand."""

    text: str
    entries: tuple[Entry, ...]
    headers: tuple[Header, ...]
    _line_starts: tuple[int, ...] = field(repr=False)
    _first: Mapping[KeyPath, Entry | Header] = field(repr=False)

    def entry(self, path: KeyPath) -> Entry | None:
        """Give the ``key = value`` with exactly that path."""
        return next((entry for entry in self.entries if entry.path == path), None)

    def header(self, path: KeyPath) -> Header | None:
        """Give the ``[table]`` with exactly that path."""
        return next((header for header in self.headers if header.path == path), None)

    def below(self, path: KeyPath) -> Iterator[Entry | Header]:
        """Give what has that path or lies below it: entries, then headers."""
        parts: tuple[Entry | Header, ...] = (*self.entries, *self.headers)
        for part in parts:
            if part.path[: len(path)] == path:
                yield part

    def line_of(self, offset: int) -> int:
        """Give the 1-based line of an offset."""
        return bisect_right(self._line_starts, offset)

    def place_of(self, path: KeyPath) -> tuple[int, int]:
        """Give 1-based line and column of a key, or of the nearest table around it, or 1, 1."""
        for length in range(len(path), 0, -1):
            found = self._first.get(path[:length])
            if found is not None:
                offset = found.key_start if isinstance(found, Entry) else found.start
                line = self.line_of(offset)
                return line, offset - self._line_starts[line - 1] + 1
        return 1, 1


def scan(text: str) -> Layout:
    """Find the places of all keys of a valid TOML text.

    Raises
    ------
    ValueError, RecursionError
        The text is not valid TOML, or nested too deeply.
    """
    scanner = _Scanner(text)
    scanner.document()
    starts = (0, *(match.end() for match in re.finditer("\n", text)))
    first: dict[KeyPath, Entry | Header] = {}
    parts: list[Entry | Header] = [*scanner.headers, *scanner.entries]
    for part in parts:
        first.setdefault(part.path, part)
    for part in parts:
        for length in range(1, min(len(part.path), _INDEXED_DEPTH)):
            first.setdefault(part.path[:length], part)
    return Layout(text, tuple(scanner.entries), tuple(scanner.headers), starts, first)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.entries: list[Entry] = []
        self.headers: list[Header] = []
        self.section: KeyPath = ()
        self._tables: dict[KeyPath, int] = {}  # tables seen so far of each array of tables

    def document(self) -> None:
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                self.header()
            else:
                self.pair(self.section, None)
            self.skip(_BLANK)

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Move behind what `pattern` matches here."""
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"not valid TOML at offset {self.at}")
        self.at = match.end()
        return match[0]

    def expect(self, mark: str) -> None:
        if not self.text.startswith(mark, self.at):
            raise ValueError(f"not valid TOML: no {mark!r} at offset {self.at}")
        self.at += len(mark)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def header(self) -> None:
        start = self.at
        array = self.text.startswith("[[", start)
        self.at += 2 if array else 1
        self.skip(_SPACE)
        names = self.dotted()
        self.expect("]]" if array else "]")
        path: KeyPath = ()
        for name in names[:-1]:
            path = self._last((*path, name))
        path += (names[-1],)
        if array:
            self._tables[path] = self._tables.get(path, 0) + 1
            path = self._last(path)
        self.section = path
        self.headers.append(Header(path, start, self.at, array))

    def _last(self, path: KeyPath) -> KeyPath:
        """Give the last table of an array of tables, or the path as it is."""
        return (*path, self._tables[path] - 1) if path in self._tables else path

    def dotted(self) -> KeyPath:
        names: list[str] = []
        while True:
            part = self.skip(_KEY_PART)
            names.append(tomllib.loads(f"x = {part}")["x"] if part[0] in "\"'" else part)
            self.key_end = self.at
            self.skip(_SPACE)
            if self.peek() != ".":
                return tuple(names)
            self.at += 1
            self.skip(_SPACE)

    def pair(self, around: KeyPath, inline: KeyPath | None) -> None:
        key_start = self.at
        path = around + self.dotted()
        key_end = self.key_end
        self.expect("=")
        self.skip(_SPACE)
        place = len(self.entries)
        start = self.at
        self.value(path)
        # a table's own entry comes before those inside it
        self.entries.insert(place, Entry(path, self.section, inline, key_start, key_end, start, self.at))

    def value(self, path: KeyPath) -> None:
        match self.peek():
            case "[":
                self.array(path)
            case "{":
                self.table(path)
            case '"' | "'":
                self.skip(_STRING)
            case _:
                self.skip(_SCALAR)

    def array(self, path: KeyPath) -> None:
        self.at += 1
        self.skip(_BLANK)
        index = 0
        while self.peek() != "]":
            self.value((*path, index))
            index += 1
            self.skip(_BLANK)
            if self.peek() == ",":
                self.at += 1
                self.skip(_BLANK)
        self.at += 1

    def table(self, path: KeyPath) -> None:
        self.at += 1
        self.skip(_BLANK)
        while self.peek() != "}":
            self.pair(path, path)
            self.skip(_BLANK)
            if self.peek() == ",":
                self.at += 1
                self.skip(_BLANK)
        self.at += 1
