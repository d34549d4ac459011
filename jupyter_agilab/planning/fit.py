"""A curve through samples: what a partition of some weight takes."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import fmean

Curve = Callable[[float], float]

_MOST_KNOTS = 8


def fitted(samples: Sequence[tuple[float, float]]) -> Curve:
    """Give a curve through (weight, value) pairs; at least one.

    With one weight only, values are in proportion to weights, or all the same where the weight is 0. With
    some, straight lines join the means; beyond the ends the last line goes on, and no value is negative. With
    many, neighbours are put together first.
    """
    by_weight: dict[float, list[float]] = defaultdict(list)
    for weight, value in samples:
        by_weight[weight].append(value)
    knots = _put_together(sorted(by_weight.items()))
    if len(knots) == 1:
        weight, value = knots[0]
        # a small fixed part cannot be told from one weight
        return lambda other: value * other / weight if weight > 0 else value
    weights = [weight for weight, _ in knots]
    # what is longer for a smaller weight is noise, or nothing to do with weight: never a falling line outside
    lines = [_line(*pair) for pair in pairwise(knots)]

    def curve(weight: float) -> float:
        place = min(max(bisect_left(weights, weight) - 1, 0), len(lines) - 1)
        inside = weights[0] <= weight <= weights[-1]
        (begin, value), slope = knots[place], lines[place]
        if not inside and slope < 0:
            return knots[0][1] if weight < weights[0] else knots[-1][1]
        return max(0.0, value + slope * (weight - begin))

    return curve


def _line(begin: tuple[float, float], end: tuple[float, float]) -> float:
    return (end[1] - begin[1]) / (end[0] - begin[0])


def _put_together(groups: Sequence[tuple[float, list[float]]]) -> list[tuple[float, float]]:
    if len(groups) <= _MOST_KNOTS:
        return [(weight, fmean(values)) for weight, values in groups]
    knots = []
    for place in range(_MOST_KNOTS):
        start, stop = (number * len(groups) // _MOST_KNOTS for number in (place, place + 1))
        part = groups[start:stop]
        values = [value for _, each in part for value in each]
        total = sum(weight * len(each) for weight, each in part)
        knots.append((total / len(values), fmean(values)))
    return knots
