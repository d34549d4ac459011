"""The sets of a sweep: calculated from their number, or listed."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import prod
from operator import itemgetter
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

    def texts(self, encode: Callable[[Any], str], names: Sequence[str], between: str = ",") -> Iterator[str]:
        """Give the JSON text of each set, without making the sets: each value is encoded only once.

        Parameters
        ----------
        encode
            Gives the JSON text of an object.
        names
            All names, in the order that they are to have.
        between
            What stands between two of them.
        """
        axes = {name: axis for axis in self.axes for name in axis.names}
        # names that have one value stand with the name before them, the first of them in front
        kept: list[str] = []
        after: dict[str, str] = {}
        front = ""
        for name in names:
            text = "" if name in axes else encode({name: self._frame[name]})[1:-1]
            if name in axes:
                kept.append(name)
                after[name] = ""
            elif kept:
                after[kept[-1]] += between + text
            else:
                front += text + between
        if not kept:
            yield "{" + front.removesuffix(between) + "}"
            return
        rows = [
            [
                tuple(
                    encode({name: value})[1:-1] + after[name]
                    for name, value in zip(axis.names, values, strict=True)
                )
                for values in axis.values
            ]
            for axis in self.axes
        ]
        combined: Iterator[Sequence[str]]
        if all(len(axis.names) == 1 for axis in self.axes):
            combined = product(*([text for (text,) in row] for row in rows))
        else:
            combined = map(tuple, map(chain.from_iterable, product(*rows)))
        order = [name for axis in self.axes for name in axis.names]
        if order != kept:
            combined = map(itemgetter(*map(order.index, kept)), combined)
        for each in combined:
            yield f"{{{front}{between.join(each)}}}"

    @property
    def has_repeats(self) -> bool:
        """Whether sets can be equal."""
        return self._repeats

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order of the file."""
        return tuple(self._frame)


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

    def set_texts(self, encode: Callable[[Any], str], between: str = ",") -> Iterator[tuple[str, str]]:
        """Give the id and the JSON text of each set's parameters; of a grid without making the sets.

        Parameters
        ----------
        encode
            Gives the JSON text of an object, with `between` between two names.
        """
        sets = self._sets
        if not isinstance(sets, GridSets) or sets.has_repeats:
            for identity, parameters in self.sets():
                yield identity, encode(parameters)
            return
        in_order = sets.texts(canonical, sorted(sets.names))
        blake2b = hashlib.blake2b
        for sorted_text, text in zip(in_order, sets.texts(encode, sets.names, between), strict=True):
            # what `digest_of` gives for the kind and the parameters
            yield blake2b(f'["parameters",{sorted_text}]'.encode(), digest_size=8).hexdigest(), text

    def _set(self, index: int) -> tuple[str, dict[str, Any]]:
        parameters, repeats = self._sets.at(index)
        # equal sets are two partitions, each with its own result
        return digest_of("parameters", parameters, *repeats), parameters

    def _make(self, index: int) -> Partition:
        identity, parameters = self._set(index)
        return Partition(index, identity, "parameters", "", 0, 0, 0, "", parameters, 1.0, identity)
