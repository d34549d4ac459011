"""Memory sizes as people write them: ``2 GiB``, ``500 MB``."""

from __future__ import annotations

import re

UNITS = {
    "B": 1,
    **{prefix + "B": 1000**power for power, prefix in enumerate("KMGTP", start=1)},
    **{prefix + "iB": 1024**power for power, prefix in enumerate("KMGTP", start=1)},
}
"""Bytes of each unit; matched without regard to case, so ``kB`` is ``KB``."""

PATTERN = r"^\s*([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*((?:[KkMmGgTtPp][Ii]?)?[Bb])\s*$"

_BYTES = {unit.lower(): size for unit, size in UNITS.items()}


def parse_size(text: str) -> int:
    """Give the bytes of a size: a decimal number and one of `UNITS`, with or without a space between.

    Raises
    ------
    ValueError
        It is not such a size, or less than one byte.
    """
    from fractions import Fraction

    match = re.match(PATTERN, text)
    if match is None:
        raise ValueError(f"expected a size such as '2 GiB' or '500 MB', got {text!r}")
    size_bytes = int(Fraction(match[1]) * _BYTES[match[2].lower()])
    if size_bytes < 1:
        raise ValueError(f"expected a size of at least one byte, got {text!r}")
    return size_bytes


def size_text(size_bytes: int) -> str:
    """Give a size as a person says it: three figures at most, in decimal units."""
    size, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB", "PB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}"
