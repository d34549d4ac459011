"""Partitions that other stages' partitions feed: calculated from their number, as the sets of a grid are.

Of a stage with inputs of n1, n2, … elements and a sweep of its own with s sets, partition number i has set
``i % s`` of element ``i // s``; elements are counted as a grid is, the first input slowest, or, where inputs
are paired by place, all advance together. Nothing is stored but digests of the elements that were looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, overload

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.parameter_sets import Same
from jupyter_agilab.partition.types import Partition, canonical
from jupyter_agilab.partition.ways import refuse_too_many
from jupyter_agilab.run.resume_key import resume_key
from jupyter_agilab.workflow.model import Combine

_BLOCK = 1024
_ID, _KEY = 8, 10


@dataclass(frozen=True, slots=True)
class Fed:
    """One input of a stage, planned.

    Attributes
    ----------
    name
        What the element is passed as: a parameter's name, or the feeding stage's.
    stage
        The feeding stage's name in the workflow.
    partitions
        The feeding stage's.
    stage_key
        The part of the resume key that all of them share, see `jupyter_agilab.run.resume_key.stage_key`.
    """

    name: str
    stage: str
    partitions: Sequence[Partition]
    stage_key: str


def element_partitions(
    inputs: Sequence[Fed],
    *,
    combine: Combine = "zip",
    own: Sequence[Partition] | None = None,
    stage: str = "",
) -> ElementPartitions:
    """Make the partitions of a stage that elements feed; takes no time and no memory to speak of.

    Parameters
    ----------
    inputs
        In the order in which they were written, at least one.
    combine
        ``zip`` pairs them by place, ``product`` joins each with each.
    own
        The partitions of the stage's own sweep; None where it has none.
    stage
        The stage's name, for what is raised.

    Raises
    ------
    PlanError
        Inputs that advance together have different numbers of elements, or there would be too many
        partitions.
    """
    counts = [len(each.partitions) for each in inputs]
    if combine == "zip" and len(set(counts)) > 1:
        told = ", ".join(f"{each.stage} has {count:,}" for each, count in zip(inputs, counts, strict=True))
        finding = Finding(
            code="workflow.zip",
            message=f"inputs that advance together must have as many partitions each: {told}",
            level="environment",
            key=f"stages.{stage}.input" if stage else "input",
            hint='write combine = "product" to join each with each',
        )
        raise PlanError(f"the inputs of {stage or 'the stage'} do not fit together", [finding])
    elements = counts[0] if combine == "zip" else prod(counts)
    sets = 1 if own is None else len(own)
    refuse_too_many(elements * sets, f"stages.{stage}.input" if stage else "input")
    return ElementPartitions(inputs, combine, own)


class ElementPartitions(Sequence[Partition]):
    """The partitions of a stage that elements feed, made when they are looked at.

    ``inputs`` are as they were given, ``own_sets`` is the number of sets of the stage's own sweep, 1 without.
    """

    def __init__(self, inputs: Sequence[Fed], combine: Combine, own: Sequence[Partition] | None) -> None:
        self.inputs = tuple(inputs)
        self.combine = combine
        self.own_sets = 1 if own is None else len(own)
        self._own = own
        counts = [len(each.partitions) for each in inputs]
        self.elements = counts[0] if combine == "zip" else prod(counts)
        # (elements until this input's changes, number of its elements)
        self._strides: list[tuple[int, int]] = []
        stride = 1
        for count in reversed(counts):
            self._strides.insert(0, (1, count) if combine == "zip" else (stride, count))
            stride *= count
        self.weights: Sequence[float] = Same(1.0, len(self))
        self._digests = [_Digests(each) for each in self.inputs]
        self._heads = [
            (f"[{canonical(each.name)},{canonical(each.stage)},", f"[{canonical(each.name)},")
            for each in self.inputs
        ]

    def __len__(self) -> int:
        return self.elements * self.own_sets

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

    def sources(self, index: int) -> tuple[int, ...]:
        """Give for each input the number of the feeding partition that a partition needs."""
        element = index // self.own_sets
        return tuple(element // stride % count for stride, count in self._strides)

    def dependents(self, place: int, index: int) -> Iterator[range]:
        """Give the numbers of the partitions that need partition `index` of input number `place`, ascending.

        They come as ranges: one, or for a product one for each combination of the slower inputs.
        """
        stride, count = self._strides[place]
        sets = self.own_sets
        for start in range(index * stride, self.elements, stride * count):
            yield range(start * sets, (start + stride) * sets)

    def parameters(self, index: int) -> dict[str, Any]:
        """Give the set of the stage's own sweep; empty where it has none."""
        if self._own is None:
            return {}
        return dict(self._own[index % self.own_sets].parameters or {})

    def identity(self, index: int) -> tuple[str, str]:
        """Give id and fingerprint of a partition, without making it."""
        return self._identity(self.sources(index), self._own_at(index))

    def _own_at(self, index: int) -> Partition | None:
        return None if self._own is None else self._own[index % self.own_sets]

    def _identity(self, places: tuple[int, ...], own: Partition | None) -> tuple[str, str]:
        ids, keys = [], []
        for (id_head, key_head), digests, place in zip(self._heads, self._digests, places, strict=True):
            identity, key = digests.of(place)
            ids.append(f'{id_head}"{identity}"]')
            keys.append(f'{key_head}"{key}"]')
        # the canonical JSON of `digest_of("elements", ids, own)`, put together from parts that stay the same
        return (
            _digest(f'["elements",[{",".join(ids)}],"{own.id if own else ""}"]'),
            _digest(f'["elements",[{",".join(keys)}],"{own.fingerprint if own else ""}"]'),
        )

    def _make(self, index: int) -> Partition:
        places, own = self.sources(index), self._own_at(index)
        identity, fingerprint = self._identity(places, own)
        told = {fed.name: [fed.stage, place] for fed, place in zip(self.inputs, places, strict=True)}
        return Partition(
            index,
            identity,
            "elements",
            "",
            0,
            0,
            0,
            "",
            dict(own.parameters or {}) if own else {},
            1.0,
            fingerprint,
            {"elements": told},
        )


class _Digests:
    """Ids and resume keys of the feeding partitions, 18 bytes for each that was looked at.

    Without them, a chain of stages would be followed to its start for every partition, and where branches
    meet again, on every way.
    """

    def __init__(self, fed: Fed) -> None:
        self._fed = fed
        self._blocks: dict[int, bytes] = {}

    def of(self, index: int) -> tuple[str, str]:
        """Give id and resume key of a feeding partition."""
        block = self._blocks.get(index // _BLOCK)
        if block is None:
            block = b"".join(self._packed(index // _BLOCK * _BLOCK))
            self._blocks[index // _BLOCK] = block
        at = index % _BLOCK * (_ID + _KEY)
        return block[at : at + _ID].hex(), block[at + _ID : at + _ID + _KEY].hex()

    def _packed(self, first: int) -> Iterator[bytes]:
        partitions, stage_key = self._fed.partitions, self._fed.stage_key
        last = min(first + _BLOCK, len(partitions))
        if isinstance(partitions, ElementPartitions):
            identities: Iterable[tuple[str, str]] = map(partitions.identity, range(first, last))
        else:
            identities = ((each.id, each.fingerprint) for each in partitions[first:last])
        for identity, fingerprint in identities:
            yield bytes.fromhex(identity + resume_key(stage_key, fingerprint))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=_ID).hexdigest()
