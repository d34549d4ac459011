"""Numbers, sizes and times as people read them."""

from __future__ import annotations

import math
import time

_SIZE_UNITS = ("kB", "MB", "GB", "TB", "PB")


def counted(number: int, noun: str, plural: str = "") -> str:
    """Give a number with its noun: ``1 partition``, ``2,000 partitions``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(size_bytes: float) -> str:
    """Give a size in decimal units: ``950 bytes``, ``1.2 kB``, ``34 MB``."""
    if size_bytes < 1000:
        return counted(round(size_bytes), "byte")
    value, place = size_bytes / 1000, 0
    # 999.6 would be shown as 1000
    while value >= 999.5 and place < len(_SIZE_UNITS) - 1:
        value, place = value / 1000, place + 1
    return _two_digits(value, _SIZE_UNITS[place], " ")


def duration(seconds: float) -> str:
    """Give a time span: ``12 ms``, ``3.2 s``, ``4 min 05 s``, ``2 h 13 min``, ``3 d 4 h``."""
    if not math.isfinite(seconds) or seconds < 0:
        return "?"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = round(seconds / 3600)
    return f"{hours // 24:,} d {hours % 24} h"


def rate(per_second: float) -> str:
    """Give a rate in a unit that leaves a readable number: ``1,240/s``, ``4.2/s``, ``12/min``, ``3.0/h``."""
    if per_second >= 0.995:
        return _two_digits(per_second, "s", "/")
    if per_second * 60 >= 0.995:
        return _two_digits(per_second * 60, "min", "/")
    return _two_digits(per_second * 3600, "h", "/")


def _two_digits(value: float, unit: str, between: str) -> str:
    return f"{value:.1f}{between}{unit}" if value < 9.95 else f"{value:,.0f}{between}{unit}"


def moment(epoch_s: float) -> str:
    """Give a time of day here: ``2026-08-01 14:05:09``; empty for 0, which means unknown."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(epoch_s)) if epoch_s else ""


def percent(part: float, whole: float) -> str:
    """Give a share in percent; ``100%`` only when it is all, ``0%`` only when it is nothing."""
    if whole <= 0:
        return "0%"
    value = round(100 * part / whole)
    if value >= 100 and part < whole:
        value = 99
    if value <= 0 and part > 0:
        value = 1
    return f"{value}%"
