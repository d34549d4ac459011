"""What a task may take and claim, as batch systems write it: ``00:03:00``, ``256M``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_agilab.errors import ClaimError
from jupyter_agilab.workflow.amounts import parse_memory, parse_walltime


def seconds_of(value: Any, key: str = "time") -> float:
    """Give the seconds of a time ``HH:MM:SS`` or ``D-HH:MM:SS``; a number is seconds already.

    Raises
    ------
    ClaimError
        It is no such time, or not more than nothing.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf"):
        return float(value)
    try:
        return float(parse_walltime(value if isinstance(value, str) else ""))
    except ValueError:
        raise ClaimError(
            f"{key} must be a time above zero such as '00:03:00' or '1-12:00:00', got {value!r}",
            hint="hours, minutes and seconds, with days and a dash before them where there are any",
        ) from None


def bytes_of(value: Any, key: str = "mem") -> int:
    """Give the bytes of a size: as batch systems write it, ``256M``, or as ours, ``2 GiB``.

    ``K``, ``M``, ``G``, ``T`` and ``P`` alone are powers of 1024, as for SLURM's ``--mem``; a number alone is
    bytes.

    Raises
    ------
    ClaimError
        It is no such size, or less than one byte.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    try:
        return parse_memory(value if isinstance(value, str) else "")
    except ValueError:
        raise ClaimError(
            f"{key} must be a size such as '256M' or '2 GiB', got {value!r}",
            hint="a number with a unit: K, M, G, T, or KB, MiB and their like",
        ) from None


def amount_of(value: Any, key: str, *, is_whole: bool = False) -> float:
    """Give a claimed amount as it was written; `is_whole`: fractions are refused.

    Raises
    ------
    ClaimError
        It is no number above 0, or a fraction where there are none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise ClaimError(f"{key} must be a number above 0, got {value!r}")
    if is_whole and value != int(value):
        raise ClaimError(f"{key} must be a whole number, got {value!r}")
    return value


def claims_text(claims: Mapping[str, float]) -> str:
    """Say what is claimed, in words: ``1.5 gpus, 256 MB memory``."""
    from jupyter_agilab.contract.sizes import size_text

    told = (
        f"{size_text(int(amount))} of memory" if name == "memory" else f"{amount:g} {name}"
        for name, amount in claims.items()
    )
    return ", ".join(told)
