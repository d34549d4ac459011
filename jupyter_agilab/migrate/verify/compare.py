"""Two values compared, part by part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.exact import unpack
from jupyter_agilab.exact.kinds import TAG


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A name or a file, what it holds, and where it differs first; empty where it is equal."""

    name: str
    what: str
    difference: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not self.difference

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {**asdict(self), "equal": self.is_equal}


def compare_names(
    names: Sequence[str], expected: Mapping[str, Any], found: Mapping[str, Any], tolerance: float
) -> Iterator[Compared]:
    """Compare the packed values of names, in order."""
    for name in names:
        one, other = expected.get(name, {"missing": True}), found.get(name, {"missing": True})
        if "packed" in one and "packed" in other:
            difference = next(differences(one["packed"], other["packed"], tolerance), "")
            yield Compared(name=name, what=_described(one["packed"]), difference=difference)
        elif one == other:
            what = "not set by either" if "missing" in one else "compared by its text"
            yield Compared(name=name, what=what)
        else:
            told = (
                "is set by one of the two only"
                if "missing" in one or "missing" in other
                else "differs as text"
            )
            yield Compared(name=name, what="", difference=told)


def differences(one: Any, other: Any, tolerance: float, place: str = "") -> Iterator[str]:
    """Give where two packed values differ, in order; numbers may differ by `tolerance`, of arrays too."""
    if type(one) is not type(other):
        both_numbers = isinstance(one, int | float) and isinstance(other, int | float)
        if not (both_numbers and tolerance and _near(one, other, tolerance)):
            yield f"{place or 'it'} is {_short(one)} in the loop and {_short(other)} in the stage"
        return
    if isinstance(one, dict):
        if one.get(TAG) in {"array", "scalar"} and other.get(TAG) == one.get(TAG):
            yield from _arrays(one, other, tolerance, place)
            return
        if list(one) != list(other):
            if set(one) == set(other):
                yield f"{place or 'it'} has its keys in another order"
            else:
                odd = sorted(set(one) ^ set(other))
                yield f"{place or 'it'} has the key {odd[0]!r} in one of the two only"
            return
        for key in one:
            yield from differences(one[key], other[key], tolerance, f"{place}[{key!r}]")
    elif isinstance(one, list):
        if len(one) != len(other):
            yield f"{place or 'it'} has {len(one):,} parts in the loop and {len(other):,} in the stage"
            return
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, tolerance, f"{place}[{index}]")
    elif isinstance(one, float) and not isinstance(one, bool):
        if not _near(one, other, tolerance):
            yield f"{place or 'it'} is {one!r} in the loop and {other!r} in the stage"
    elif one != other:
        yield f"{place or 'it'} is {_short(one)} in the loop and {_short(other)} in the stage"


def _near(one: float, other: float, tolerance: float) -> bool:
    if one == other:
        return True
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return bool(tolerance) and math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)


def _arrays(one: Any, other: Any, tolerance: float, place: str) -> Iterator[str]:
    if one == other:
        return
    import numpy as np

    left, right = np.asarray(unpack(one)), np.asarray(unpack(other))
    where = place or "the array"
    if (left.dtype, left.shape) != (right.dtype, right.shape):
        one_form, other_form = (f"{each.dtype}{list(each.shape)}" for each in (left, right))
        yield f"{where} is {one_form} in the loop, {other_form} in the stage"
        return
    if left.dtype.kind in "fc":
        same = np.isclose(left, right, rtol=tolerance, atol=tolerance, equal_nan=True)
    else:
        same = left == right
        if left.dtype.kind in "mM":
            same |= np.isnat(left) & np.isnat(right)
    if not np.all(same):
        first = tuple(int(axis) for axis in np.argwhere(~np.asarray(same))[0])
        count = int(np.size(same) - np.count_nonzero(same))
        yield f"{where} differs in {count:,} places, first at {list(first)}"


def compare_files(
    expected: Sequence[str], found: Sequence[str], old: Path, new: Path, tolerance: float
) -> Iterator[Compared]:
    """Compare the files that the two wrote: their bytes, and with a tolerance the numbers of text files."""
    for name in sorted({*expected, *found}):
        if name not in expected or name not in found:
            who = "stage" if name in found else "loop"
            yield Compared(name=name, what="file", difference=f"only the {who} wrote it")
            continue
        one, other = (old / name).read_bytes(), (new / name).read_bytes()
        same = one == other or (tolerance > 0 and _same_text(one, other, tolerance))
        told = "" if same else f"{len(one):,} bytes from the loop and {len(other):,} from the stage differ"
        yield Compared(name=name, what="file", difference=told)


def _same_text(one: bytes, other: bytes, tolerance: float) -> bool:
    import re

    parts = re.compile(rb"[,;\s]+")
    left, right = parts.split(one), parts.split(other)
    if len(left) != len(right):
        return False
    for a, b in zip(left, right, strict=True):
        if a == b:
            continue
        try:
            if not _near(float(a), float(b), tolerance):
                return False
        except ValueError:
            return False
    return True


def _described(packed: Any) -> str:
    if isinstance(packed, dict):
        tag = packed.get(TAG)
        if tag == "frame":
            return f"table with {len(packed['data'])} columns"
        if tag == "numpy":
            return f"numpy {packed['dtype']}"
        return str(tag) if tag else f"dict of {len(packed):,}"
    if isinstance(packed, list):
        return f"list of {len(packed):,}"
    return type(packed).__name__


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
