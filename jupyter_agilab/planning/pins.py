"""Pins: partitions that certain workers alone may do, whoever else is free."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

NOT_PINNED: Final = -1


@dataclass(frozen=True, slots=True)
class Target:
    """What a partition can be pinned to.

    Attributes
    ----------
    name
        The name of a worker or of a host. Where it is empty, the target is a slot: a worker by its place.
    host
        The host of a slot; empty for any host.
    number
        The place of a slot among the workers of its host, from 0.
    """

    name: str = ""
    host: str = ""
    number: int = 0

    def describe(self) -> str:
        """Say in words what it is."""
        if self.name:
            return self.name
        return f"worker number {self.number}" + (f" of {self.host}" if self.host else "")

    def to_json(self) -> dict[str, Any]:
        """Give it as `target_of` reads it."""
        return {"name": self.name} if self.name else {"host": self.host, "number": self.number}


def target_of(entry: Mapping[str, Any]) -> Target:
    """Read a target back."""
    return Target(str(entry.get("name", "")), str(entry.get("host", "")), int(entry.get("number", 0)))


@dataclass(frozen=True, slots=True)
class Pins:
    """Who alone may do which partitions.

    Attributes
    ----------
    source
        The file that says so.
    targets
        Each named once.
    of
        By plan index: the place in `targets`, or `NOT_PINNED`.
    """

    source: str
    targets: tuple[Target, ...]
    of: Sequence[int]

    def counts(self) -> Counter[int]:
        """Count the partitions of each target, by its place; those that are not pinned are not counted."""
        counts = Counter(self.of)
        del counts[NOT_PINNED]
        return counts


def slots_on(hosts: Sequence[str]) -> tuple[Target, ...]:
    """Give the target of each slot from AGILAB's list of hosts: the second of a host is its number 1."""
    seen: Counter[str] = Counter()
    targets = []
    for host in hosts:
        targets.append(Target(host=host, number=seen[host]))
        seen[host] += 1
    return tuple(targets)


def packed(places: Iterable[int]) -> array[int]:
    """Pack places, eight bytes each."""
    return array("l", places)
