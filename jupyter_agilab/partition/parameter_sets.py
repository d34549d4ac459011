"""The sets of a sweep: calculated from their number, or listed."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol, overload

from jupyter_agilab.partition.types import Partition, canonical, digest_of

# of these, what has the same JSON text is equal in Python; NaN is not
_COMPARABLE = frozenset((int, str, bool))


@dataclass(frozen=True, slots=True)
class Axis:
    """Names whose values advance together, and those values.

    ``repeats[i]`` counts how often value i was there before: 0 for all where no value is listed twice.
    """

    names: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    repeats: tuple[int, ...]


def axis_of(names: Sequence[str], values: Sequence[tuple[Any, ...]]) -> Axis:
    """Make an axis; equal values are told apart by how often they were there before."""
    kinds = {type(item) for value in values for item in value}
    # so where Python finds no two equal ones, which takes it no time, there are none
    are_different = kinds <= _COMPARABLE and len(set(values)) == len(values)
    return Axis(tuple(names), tuple(values), (0,) * len(values) if are_different else repeats_of(values))


def repeats_of(values: Sequence[Any]) -> tuple[int, ...]:
    """Give for each value how many equal ones come before it; equal is what has the same canonical JSON."""
    seen: Counter[str] = Counter()
    repeats = []
    for value in values:
        text = canonical(value)
        repeats.append(seen[text])
        seen[text] += 1
    return tuple(repeats)


class ParameterSets(Protocol):
    """The sets of a sweep in order."""

    def __len__(self) -> int: ...

    def at(self, index: int) -> tuple[dict[str, Any], list[int]]:
        """Give a set, and what tells it from equal ones before it; that is empty where there are none."""
        ...


class GridSets:
    """The product of axes, the first one slowest, calculated by index arithmetic.

    Parameters
    ----------
    names
        All names in the order of the file.
    axes
        In the order of their first names.
    constants
        Names with one value.
    """

    def __init__(self, names: Sequence[str], axes: Sequence[Axis], constants: Mapping[str, Any]) -> None:
        self.axes = tuple(axes)
        self._frame = {name: constants.get(name) for name in names}
        self._length = prod(len(axis.values) for axis in axes)
        self._repeats = any(any(axis.repeats) for axis in axes)
        # (axis, sets until its value changes, number of its values)
        self._strides: list[tuple[Axis, int, int]] = []
        stride = 1
        for axis in reversed(self.axes):
            self._strides.append((axis, stride, len(axis.values)))
            stride *= len(axis.values)

    def __len__(self) -> int:
        return self._length

    def at(self, index: int) -> tuple[dict[str, Any], list[int]]:
        """Give set number `index`."""
        parameters = self._frame.copy()
        repeats: list[int] = []
        for axis, stride, count in self._strides:
            place = index // stride % count
            parameters.update(zip(axis.names, axis.values[place], strict=True))
            if self._repeats:
                repeats.append(axis.repeats[place])
        return parameters, repeats if any(repeats) else []


class ListedSets:
    """Sets that the file lists one by one."""

    def __init__(self, sets: Sequence[dict[str, Any]]) -> None:
        self.sets = tuple(sets)
        self.repeats = repeats_of(self.sets)

    def __len__(self) -> int:
        return len(self.sets)

    def at(self, index: int) -> tuple[dict[str, Any], list[int]]:
        """Give set number `index`."""
        repeat = self.repeats[index]
        return self.sets[index], [repeat] if repeat else []


class ChosenSets:
    """Some sets of others, by number."""

    def __init__(self, base: ParameterSets, chosen: array[int]) -> None:
        self._base = base
        self._chosen = chosen

    def __len__(self) -> int:
        return len(self._chosen)

    def at(self, index: int) -> tuple[dict[str, Any], list[int]]:
        """Give the `index`-th of the chosen sets."""
        return self._base.at(self._chosen[index])


class Same(Sequence[float]):
    """One weight for all."""

    def __init__(self, value: float, length: int) -> None:
        self.value = value
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> float: ...

    @overload
    def __getitem__(self, index: slice) -> list[float]: ...

    def __getitem__(self, index: int | slice) -> float | list[float]:
        found = range(self._length)[index]
        return self.value if isinstance(found, int) else [self.value] * len(found)


class SetPartitions(Sequence[Partition]):
    """One partition per set, made when it is looked at: a grid of a million costs nothing until then."""

    def __init__(self, sets: ParameterSets) -> None:
        self._sets = sets
        self.weights: Sequence[float] = Same(1.0, len(sets))

    def __len__(self) -> int:
        return len(self._sets)

    @overload
    def __getitem__(self, index: int) -> Partition: ...

    @overload
    def __getitem__(self, index: slice) -> list[Partition]: ...

    def __getitem__(self, index: int | slice) -> Partition | list[Partition]:
        if isinstance(index, slice):
            return [self._make(place) for place in range(len(self))[index]]
        return self._make(range(len(self))[index])

    def __iter__(self) -> Iterator[Partition]:
        return map(self._make, range(len(self)))

    def sets(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give the id and the parameters of each."""
        return map(self._set, range(len(self)))

    def _set(self, index: int) -> tuple[str, dict[str, Any]]:
        parameters, repeats = self._sets.at(index)
        # equal sets are two partitions, each with its own result
        return digest_of("parameters", parameters, *repeats), parameters

    def _make(self, index: int) -> Partition:
        identity, parameters = self._set(index)
        return Partition(index, identity, "parameters", "", 0, 0, 0, "", parameters, 1.0, identity)
