"""Reasons: why each partition of a plan will run again, or will not, and what such reasons have in common."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_agilab.partition.types import Partition

ReasonKind = Literal["reused", "never", "failed", "unfinished", "damaged", "stage", "input"]
"""``reused``: it will not run. ``stage``: code, parameters or settings changed. ``unfinished``: a run ended
before it was its turn. The others say it themselves."""

CHANGED: frozenset[ReasonKind] = frozenset(("stage", "input"))
"""What ``--only changed`` runs."""
_FIRST = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a partition will run, or will not.

    Attributes
    ----------
    kind
        What sort of reason it is.
    text
        For people, as ``helper `clean` changed``.
    run_id
        The earlier run that it is about; empty where there is none.
    group
        What several such reasons have in common, where `text` has figures of one partition.
    """

    kind: ReasonKind
    text: str
    run_id: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Partitions with the same sort of reason.

    ``text`` is the common reason, ``example`` the first partition's own where that says more; ``first`` are
    the plan's indexes of the first few.
    """

    kind: ReasonKind
    text: str
    example: str
    count: int
    first: tuple[int, ...]


class Explanation:
    """A reason for every partition of a plan; 200,000 of them take some 400 kB.

    Attributes
    ----------
    stage
        The contract's name.
    partitions
        The plan's.
    """

    def __init__(
        self, stage: str, partitions: Sequence[Partition], reasons: list[Reason], numbers: array[int]
    ) -> None:
        self.stage = stage
        self.partitions = partitions
        self._reasons = reasons
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def reason(self, index: int) -> Reason:
        """Give the reason of the partition with that plan index."""
        return self._reasons[self._numbers[index]]

    def indexes(self, kinds: Iterable[ReasonKind]) -> list[int]:
        """Give the plan's indexes of the partitions whose reason is of these kinds, ascending."""
        wanted = frozenset(kinds)
        numbers = {number for number, reason in enumerate(self._reasons) if reason.kind in wanted}
        return [index for index, number in enumerate(self._numbers) if number in numbers]

    @property
    def reused(self) -> int:
        """How many partitions will not run."""
        return len(self.indexes(("reused",)))

    def groups(self) -> list[Group]:
        """Give the reasons with their counts, largest first; what is reused comes last."""
        counts = [0] * len(self._reasons)
        firsts: list[list[int]] = [[] for _ in self._reasons]
        for index, number in enumerate(self._numbers):
            counts[number] += 1
            if len(firsts[number]) < _FIRST:
                firsts[number].append(index)
        merged: dict[tuple[str, str], list[int]] = {}
        for number, reason in enumerate(self._reasons):
            if counts[number]:
                merged.setdefault((reason.kind, reason.group or reason.text), []).append(number)
        found = []
        for (_, text), numbers in merged.items():
            first = sorted(index for number in numbers for index in firsts[number])[:_FIRST]
            example = self.reason(first[0])
            found.append(
                Group(
                    example.kind,
                    text,
                    example.text if example.text != text else "",
                    sum(counts[number] for number in numbers),
                    tuple(first),
                )
            )
        return sorted(found, key=lambda group: (group.kind == "reused", -group.count, group.first))

    def to_json(self, kinds: Iterable[ReasonKind] | None = None) -> dict[str, Any]:
        """Give the stable JSON form of ``explain --json`` without its list of partitions.

        `kinds` leaves out groups of other kinds; the counts are of all partitions.
        """
        wanted = None if kinds is None else frozenset(kinds)
        reused = self.reused
        return {
            "stage": self.stage,
            "partition_count": len(self),
            "reused": reused,
            "to_run": len(self) - reused,
            "groups": [
                {
                    "kind": group.kind,
                    "reason": group.text,
                    "example": group.example,
                    "count": group.count,
                    "first": list(group.first),
                }
                for group in self.groups()
                if wanted is None or group.kind in wanted
            ],
        }

    def lines(self, kinds: Iterable[ReasonKind] | None = None) -> Iterator[dict[str, Any]]:
        """Give each partition with its reason in the stable JSON form, one after another."""
        wanted = None if kinds is None else frozenset(kinds)
        for partition, number in zip(self.partitions, self._numbers, strict=True):
            reason = self._reasons[number]
            if wanted is None or reason.kind in wanted:
                yield {
                    "index": partition.index,
                    "id": partition.id,
                    "partition": partition.describe(),
                    "kind": reason.kind,
                    "reason": reason.text,
                    "run_id": reason.run_id or None,
                }
