"""Memory and times as batch systems write them: ``256M``, ``00:03:00``."""

from __future__ import annotations

import re

from jupyter_agilab.contract.sizes import parse_size

MEMORY_PATTERN = r"^\s*[0-9]{1,15}(?:\.[0-9]{1,9})?\s*(?:[KkMmGgTtPp]|(?:[KkMmGgTtPp][Ii]?)?[Bb])\s*$"
WALLTIME_PATTERN = r"^(?:[0-9]{1,3}-)?[0-9]{1,3}:[0-5][0-9]:[0-5][0-9]$"

_SHORT = re.compile(r"(?<=[0-9])(\s*)([KkMmGgTtPp])\s*\Z")
_WALLTIME = re.compile(r"(?:([0-9]{1,3})-)?([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")


def parse_memory(text: str) -> int:
    """Give the bytes of a size: ``2 GiB``, ``500 MB``, or ``256M`` with SLURM's units of 1024.

    Raises
    ------
    ValueError
        It is no such size, or less than one byte.
    """
    return parse_size(_SHORT.sub(lambda match: f"{match[1]}{match[2]}iB", text))


def parse_walltime(text: str) -> int:
    """Give the seconds of a time ``[D-]HH:MM:SS``.

    Two numbers are refused: SLURM reads ``01:30`` as minutes and seconds, and people as hours and minutes.

    Raises
    ------
    ValueError
        It is no such time, or no time at all.
    """
    match = _WALLTIME.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a time as HH:MM:SS, got {text!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if not total:
        raise ValueError("expected a time above zero")
    return total


def walltime_text(seconds: int) -> str:
    """Write seconds as ``HH:MM:SS``, with days in front where there are more than 99 hours."""
    hours, rest = divmod(seconds, 3600)
    days, hours = divmod(hours, 24) if hours > 99 else (0, hours)
    return f"{f'{days}-' if days else ''}{hours:02}:{rest // 60:02}:{rest % 60:02}"
