"""Sums without rounding on the way, so that neither order nor grouping changes the last digit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

# A float is a whole multiple of 2**-1074, a product of two of 2**-2148.
_BITS = 2148


class ExactSum:
    """Adds whole numbers and floats, optionally times a weight, as one big whole number of tiny units.

    The idea is that of a Kulisch accumulator (U. Kulisch, "Computer Arithmetic and Validity", 2008);
    Python's whole numbers make it a few lines.
    """

    __slots__ = ("_has_floats", "_special", "_units")

    def __init__(self) -> None:
        self._units = 0
        self._special = 0.0
        self._has_floats = False

    def add(self, value: float, weight: float = 1) -> None:
        """Add ``value * weight``."""
        if not (isinstance(value, int) and isinstance(weight, int)):
            self._has_floats = True
            if not (math.isfinite(value) and math.isfinite(weight)):
                self._special += value * weight
                return
        top, bottom = value.as_integer_ratio()
        weight_top, weight_bottom = weight.as_integer_ratio()
        self._units += (top * weight_top) << (_BITS + 1 - (bottom * weight_bottom).bit_length())

    def exact(self) -> Fraction | None:
        """Give the sum as a fraction; None where infinities or NaN were added."""
        from fractions import Fraction

        return None if self._special != 0 else Fraction(self._units, 1 << _BITS)

    def value(self) -> float:
        """Give the sum: a whole number where only such were added, else the float next to the exact sum."""
        exact = self.exact()
        if exact is None:
            return self._special
        return nearest_float(exact) if self._has_floats else exact.numerator


def nearest_float(exact: Fraction) -> float:
    """Round once; what is too large becomes infinite, as in floating-point arithmetic."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
