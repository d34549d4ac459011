"""From a file to TOML values; every way in which that can fail becomes one finding with its place."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.named import USUAL_NAME, files_beside
from jupyter_agilab.diagnostics import Finding

MOST_BYTES = 1 << 20
"""Larger files are not read: no contract comes near, and a data file named by mistake would."""

_TOMLLIB_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_TOMLLIB_END = " (at end of document)"
_BOM = "\ufeff"
_TOO_DEEP = "the text must be TOML; its values are nested too deeply"


class Unusable(Exception):  # noqa: N818  # never seen outside; it carries the finding to the place that returns it
    """There are no values; ``finding`` says why."""

    def __init__(self, code: str, message: str, *, line: int = 1, column: int = 1, hint: str = "") -> None:
        super().__init__(message)
        self.finding = Finding(
            code=code, message=message, level="syntax", line=line, column=column, hint=hint
        )


def text_of(path: Path, what: str = "contract", others: Callable[[Path], str] | None = None) -> str:
    """Read a file's text, line ends as they are.

    Parameters
    ----------
    what
        What the file should be: the word for findings, and the first part of their codes.
    others
        Suggests a file that is there for one that is not; contracts unless given.

    Raises
    ------
    Unusable
        It is missing, no file, not readable, too large or not UTF-8.
    """
    try:
        raw = _bytes_of(path)
    except (OSError, ValueError) as error:
        message = f"the {what} must be a file that can be read; {_reason(error)}"
        raise Unusable(f"{what}.unreadable", message, hint=(others or _other_contracts)(path)) from None
    if len(raw) > MOST_BYTES:
        message = f"a {what} must be a short text; {path.name} has more than {MOST_BYTES:,} bytes"
        raise Unusable(f"{what}.unreadable", message, hint="is it the file that was meant?")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        came = f"it holds byte 0x{raw[error.start]:02x}"
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            came = "it seems to be UTF-16"
        raise Unusable(
            f"{what}.unreadable",
            f"a {what} must be UTF-8 text; {came}",
            line=before.count(b"\n") + 1,
            column=len(before[before.rfind(b"\n") + 1 :].decode()) + 1,
            hint="save the file as UTF-8",
        ) from None


def data_of(text: str, what: str = "contract") -> dict[str, Any]:
    """Parse a text; `what` as in `text_of`.

    Raises
    ------
    Unusable
        It is not TOML; the finding has the line and the column.
    """
    if text.startswith(_BOM):
        hint = "save the file as UTF-8 without a byte order mark"
        message = "the text must start with a key; it starts with a byte order mark"
        raise Unusable(f"{what}.malformed", message, hint=hint)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise too_deep(what) from None
    except ValueError as error:
        message, line, column = _place_of_error(str(error), text)
        hint = "the text holds NUL characters: save the file as UTF-8 text" if "\0" in text else ""
        message = f"the text must be TOML; {message}"
        raise Unusable(f"{what}.malformed", message, line=line, column=column, hint=hint) from None


def too_deep(what: str = "contract") -> Unusable:
    """Say that values are nested too deeply for Python to read; `what` as in `text_of`."""
    return Unusable(f"{what}.malformed", _TOO_DEEP, hint=f"no key of a {what} needs more than four levels")


def _bytes_of(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        # reading a pipe or a device would wait for ever
        raise OSError("it is a folder" if path.is_dir() else "it is neither a file nor a folder")
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _reason(error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return "there is none"
        case PermissionError():
            return "reading it is not allowed"
        case OSError(strerror=str(reason)):
            return reason.lower()
    return str(error)


def _other_contracts(path: Path) -> str:
    return files_beside(path, USUAL_NAME, "write one with: jupyter agilab new")


def _place_of_error(message: str, text: str) -> tuple[str, int, int]:
    """Take the place out of a message of ``tomllib``; line and column are 1-based."""
    match = _TOMLLIB_PLACE.search(message)
    if match:
        return _lower(message[: match.start()]), int(match[1]), int(match[2])
    lines = text.split("\n")
    if message.endswith(_TOMLLIB_END):
        return (
            f"{_lower(message.removesuffix(_TOMLLIB_END))} (the text ends there)",
            len(lines),
            len(lines[-1]) + 1,
        )
    if "digits" in message:  # Python's own limit, which its parser does not dress up
        message = "an integer in it is too long"
    return _lower(message), 1, 1


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
