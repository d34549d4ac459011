"""Where the command line writes: results to stdout, or one JSON document; messages for people to stderr."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TextIO

from jupyter_agilab.panel.columns import PLAIN, WIDTH

_NARROWEST = 40
_TEXTS_AT_ONCE = 256


class Terminal:
    """The two outputs of the command.

    Parameters
    ----------
    as_json
        Whether stdout takes one JSON document and nothing else.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json

    @property
    def width(self) -> int:
        """Columns that a line on stdout may take."""
        return width_of(sys.stdout)

    @property
    def message_width(self) -> int:
        """Columns that a line on stderr may take."""
        return width_of(sys.stderr)

    @property
    def is_live(self) -> bool:
        """Whether a line on stderr can be written over."""
        return _is_tty(sys.stderr)

    def show(self, text: str) -> None:
        """Print a result for people; nothing with ``--json``."""
        if not self.as_json:
            sys.stdout.write(encodable(text, sys.stdout) + "\n")

    def say(self, text: str = "") -> None:
        """Print a message for people to stderr."""
        sys.stderr.write(encodable(text, sys.stderr) + "\n")
        sys.stderr.flush()

    def answer(self, document: Any) -> None:
        """Print the JSON document; nothing without ``--json``."""
        if self.as_json:
            sys.stdout.write(json_text(document, indent=2) + "\n")

    def answer_with_list(self, document: Mapping[str, Any], name: str, items: Iterable[Any]) -> None:
        """Print the JSON document with one more key: an array that is written as its items come."""
        if self.as_json:
            self.answer_with_texts(document, name, map(json_text, items))

    def answer_with_texts(self, document: Mapping[str, Any], name: str, texts: Iterable[str]) -> None:
        """Do the same with items that are JSON text already, one line each."""
        if not self.as_json:
            return
        head = json_text(document, indent=2)
        sys.stdout.write(
            f"{head[: head.rindex('}')].rstrip()}{',' if document else ''}\n  {json.dumps(name)}: ["
        )
        between = "\n    "
        items = iter(texts)
        # one by one takes longer than making them
        while some := list(islice(items, _TEXTS_AT_ONCE)):
            sys.stdout.write(between + ",\n    ".join(some))
            between = ",\n    "
        sys.stdout.write("\n  ]\n}\n")


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Give strict ASCII JSON; what JSON does not have is text: dates, ``NaN``, ``Infinity``."""
    try:
        return json.dumps(value, indent=indent, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_without_nan(value), indent=indent, default=str, allow_nan=False)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value


def encodable(text: str, stream: TextIO) -> str:
    """Give text that the stream's encoding has: our bars become ASCII, other characters are escaped."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def width_of(stream: TextIO) -> int:
    """Give the columns of the terminal behind a stream: ``COLUMNS``, else what it says, else 100."""
    try:
        columns = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        columns = 0
    if columns < 1:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            columns = 0
    return max(_NARROWEST, columns) if columns > 0 else WIDTH


def _is_tty(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False
