"""Axes: round numbers along a span of seconds or a range of powers of ten."""

from __future__ import annotations

import math

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def time_ticks(span_s: float, most: int = 8) -> list[float]:
    """Give at most `most` + 1 times from 0 to `span_s`, a round number of seconds apart."""
    if span_s <= 0:
        return [0.0]
    least = span_s / most
    if least <= 0.5:
        power = 10.0 ** math.floor(math.log10(least))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)
    else:
        step = next((each for each in _STEPS_S if each >= least), 86400.0 * math.ceil(least / 86400))
    return [step * place for place in range(math.floor(span_s / step) + 1)]


def log_ticks(least: float, most: float) -> list[float]:
    """Give round numbers inside a range of positive numbers, a few for a logarithmic axis."""
    first, last = math.floor(math.log10(least)), math.ceil(math.log10(most))
    factors = (1, 2, 5) if last - first <= 2 else (1,)
    step = max(1, -(-(last - first) // 6))
    ticks = [factor * 10.0**power for power in range(first, last + 1, step) for factor in factors]
    return [tick for tick in ticks if 0.999 * least <= tick <= 1.001 * most] or [least, most]
