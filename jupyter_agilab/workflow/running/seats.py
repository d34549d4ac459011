"""Seats: the replicas of a group, each on a worker of its own while that lives, one task at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from jupyter_agilab.workflow.model import Group


@dataclass(slots=True)
class Seat:
    """One replica: where it works, and whether it does at the moment.

    ``was_used`` says that it has begun there, so that its ``setup`` was called.
    """

    name: str
    number: int
    worker: str = ""
    is_busy: bool = False
    was_used: bool = False


@dataclass(slots=True)
class GroupSeats:
    """The replicas of one group, and which of them has which partitions of its stages."""

    group: Group
    seats: list[Seat]
    _of: dict[tuple[str, int], int] = field(default_factory=dict)

    def free(self) -> Iterator[Seat]:
        """Give the replicas that have nothing to do."""
        return (seat for seat in self.seats if not seat.is_busy)

    def assign(self, stage: str, indexes: Collection[int], seat: Seat) -> None:
        """Note that a replica does these partitions."""
        for index in indexes:
            self._of[stage, index] = seat.number

    def of(self, stage: str, index: int) -> int | None:
        """Give the number of the replica that did a partition in this run; None where none did."""
        return self._of.get((stage, index))


class Seating:
    """The seats of all groups, shared out among the workers."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        self.groups = {
            name: GroupSeats(group, [Seat(f"{name}-{number}", number) for number in range(group.replicas)])
            for name, group in groups.items()
        }

    def __iter__(self) -> Iterator[tuple[GroupSeats, Seat]]:
        return ((group, seat) for group in self.groups.values() for seat in group.seats)

    def place(self, seat: Seat, alive: Collection[str]) -> str:
        """Give a seat's worker; one whose worker is gone gets another, with the fewest seats."""
        if seat.worker not in alive:
            taken = Counter(each.worker for _, each in self if each is not seat)
            # the first of equals, as they joined
            seat.worker = min(alive, key=lambda name: taken[name], default="")
            seat.was_used = False
        return seat.worker
