"""From a file to TOML values; every way in which that can fail becomes one finding with its place."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from jupyter_agilab.diagnostics import Finding, did_you_mean

USUAL_NAME = "parallel_stage.toml"
"""The file name of AGILAB's generator; ours are ``NAME.parallel_stage.toml``."""

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
            code=f"contract.{code}", message=message, level="syntax", line=line, column=column, hint=hint
        )


def text_of(path: Path) -> str:
    """Read a file's text, line ends as they are.

    Raises
    ------
    Unusable
        It is missing, no file, not readable, too large or not UTF-8.
    """
    try:
        raw = _bytes_of(path)
    except (OSError, ValueError) as error:
        message = f"the contract must be a file that can be read; {_reason(error)}"
        raise Unusable("unreadable", message, hint=_other_file(path)) from None
    if len(raw) > MOST_BYTES:
        message = f"a contract must be a short text; {path.name} has more than {MOST_BYTES:,} bytes"
        raise Unusable("unreadable", message, hint="is it the file that was meant?")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        what = f"it holds byte 0x{raw[error.start]:02x}"
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            what = "it seems to be UTF-16"
        raise Unusable(
            "unreadable",
            f"a contract must be UTF-8 text; {what}",
            line=before.count(b"\n") + 1,
            column=len(before[before.rfind(b"\n") + 1 :].decode()) + 1,
            hint="save the file as UTF-8",
        ) from None


def data_of(text: str) -> dict[str, Any]:
    """Parse a text.

    Raises
    ------
    Unusable
        It is not TOML; the finding has the line and the column.
    """
    if text.startswith(_BOM):
        hint = "save the file as UTF-8 without a byte order mark"
        raise Unusable(
            "malformed", "the text must start with a key; it starts with a byte order mark", hint=hint
        )
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise too_deep() from None
    except ValueError as error:
        message, line, column = _place_of_error(str(error), text)
        hint = "the text holds NUL characters: save the file as UTF-8 text" if "\0" in text else ""
        raise Unusable(
            "malformed", f"the text must be TOML; {message}", line=line, column=column, hint=hint
        ) from None


def too_deep() -> Unusable:
    """Say that values are nested too deeply for Python to read."""
    return Unusable("malformed", _TOO_DEEP, hint="no key of a contract needs more than three levels")


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


def _other_file(path: Path) -> str:
    """Suggest a contract that is there."""
    try:
        folder = path if path.is_dir() else path.parent
        names = sorted(file.name for file in folder.iterdir() if file.name.endswith(USUAL_NAME))
    except (OSError, ValueError):
        names = []
    if not names:
        return "write one with: jupyter agilab new"
    return did_you_mean(path.name, names) or f"the folder has: {', '.join(names[:5])}"


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
