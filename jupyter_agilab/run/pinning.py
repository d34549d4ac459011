"""Pins at run time: which of the workers that are there a plan's pins mean, and that they are there."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import ClusterError, PlanError
from jupyter_agilab.planning.pins import NOT_PINNED, Pins, Target
from jupyter_agilab.run.crew import Crew

ABSENCE_PATIENCE_S = 60.0
"""So long the run waits for a worker that partitions are pinned to; one that restarts is back sooner."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SHOWN = 8
# how workers are called where nobody gave them names: on any back end the run's worker of that number
_NUMBERED = re.compile(r"(?:worker|thread)-(\d+)")


@dataclass(frozen=True, slots=True)
class RunPins:
    """The pins of a run.

    Attributes
    ----------
    of
        By plan index: the place in `workers`, or `NOT_PINNED`.
    workers
        For each target the name of the worker or host that it means, as `Task.workers` takes it.
    """

    of: Sequence[int]
    workers: tuple[str, ...]


class Pinning:
    """The pins while a run goes on: whose workers have room, and who waits for a worker that is gone.

    Parameters
    ----------
    slots
        How many tasks the runner takes at once.
    patience_s
        How long the workers of a pin may all be gone.

    Attributes
    ----------
    busy
        How many tasks of each target are under way, by its place.
    """

    def __init__(
        self, pins: RunPins, crew: Crew, slots: int, *, patience_s: float = ABSENCE_PATIENCE_S
    ) -> None:
        self.pins = pins
        self.busy: Counter[int] = Counter()
        self._crew = crew
        self._patience_s = patience_s
        self._depth = max(1, slots // max(1, len(crew.alive())))
        self._changes = -1
        self._room: list[int] = []
        self._absent: dict[int, float] = {}

    def room(self) -> list[int]:
        """Give for each target how many tasks its workers can have at once; 0 while they are gone."""
        changes = self._crew.changes
        if changes != self._changes:
            self._changes = changes
            alive = self._crew.alive()
            hosts = Counter(member.host for member in alive.values())
            self._room = [self._depth * (1 if name in alive else hosts[name]) for name in self.pins.workers]
        return self._room

    def has_room(self, index: int) -> bool:
        """Say whether somebody could take up a partition now."""
        place = self.pins.of[index]
        return place == NOT_PINNED or self.busy[place] < self.room()[place]

    def begin(self, index: int) -> tuple[str, ...]:
        """Count a task whose partitions are pinned as this one is; give its `Task.workers`."""
        place = self.pins.of[index]
        if place == NOT_PINNED:
            return ()
        self.busy[place] += 1
        return (self.pins.workers[place],)

    def end(self, index: int) -> None:
        """Count such a task as ended."""
        place = self.pins.of[index]
        if place != NOT_PINNED:
            self.busy[place] -= 1

    def check(self, waiting: Iterable[int]) -> None:
        """Raise where partitions wait for a worker that does not come back.

        Parameters
        ----------
        waiting
            The targets, by their places, that have partitions to be handed out.

        Raises
        ------
        ClusterError
            All workers of a target have been gone for longer than the patience.
        """
        now, room = time.monotonic(), self.room()
        absent = {place for place in {*waiting, *(+self.busy)} if not room[place]}
        self._absent = {place: self._absent.get(place, now) for place in absent}
        for place, since in self._absent.items():
            if now - since > self._patience_s:
                name = self.pins.workers[place]
                lost = self._crew.members.get(name)
                cause = f" ({lost.cause})" if lost is not None and lost.cause else ""
                raise ClusterError(
                    f"partitions are pinned to {name}, which is gone{cause} and has not come back for "
                    f"{self._patience_s:g} s",
                    hint="run again when it is back, with other pins, or without --distribution: finished "
                    "work is kept",
                )


def resolve(pins: Pins, crew: Mapping[str, str]) -> RunPins:
    """Find the workers that the pins mean.

    Parameters
    ----------
    crew
        The hosts of the workers, by their names.

    Raises
    ------
    PlanError
        Pins name workers or hosts that are not there; with a finding for each.
    """
    used = pins.counts()
    found: list[str] = []
    missing: list[Finding] = []
    address_of = _Addresses()
    for place, target in enumerate(pins.targets):
        name = _meant(target, crew, address_of) if used[place] else target.describe()
        found.append(name or "")
        if name is None:
            missing.append(_missing(pins, target, used[place], crew))
    if missing:
        raise PlanError("partitions are pinned to workers that this run does not have", missing)
    return RunPins(pins.of, tuple(found))


def _meant(target: Target, crew: Mapping[str, str], address_of: Callable[[str], str]) -> str | None:
    """Give the name of the worker or host that a target means; None where there is none."""
    if target.name:
        if target.name in crew:
            return target.name
        numbered = _NUMBERED.fullmatch(target.name)
        if numbered is None:
            return next((host for host in crew.values() if _is_same(target.name, host, address_of)), None)
        target = Target(number=int(numbered[1]))
    names = [
        name for name, host in crew.items() if not target.host or _is_same(target.host, host, address_of)
    ]
    # workers that start together join in any order
    names.sort(key=_natural)
    return names[target.number] if target.number < len(names) else None


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort names as people do: 2 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _is_same(host: str, other: str, address_of: Callable[[str], str]) -> bool:
    if host == other:
        return True
    local = _LOOPBACK | {socket.gethostname()}
    if host in local or other in local:
        return host in local and other in local
    return address_of(host) == address_of(other)


class _Addresses:
    """Addresses of hosts, each asked for once: one may be told by its name and the other by its address."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, host: str) -> str:
        if host not in self._known:
            try:
                self._known[host] = socket.gethostbyname(host)
            except (OSError, UnicodeError):
                self._known[host] = host
        return self._known[host]


def _missing(pins: Pins, target: Target, count: int, crew: Mapping[str, str]) -> Finding:
    partitions = "1 partition is" if count == 1 else f"{count:,} partitions are"
    more = f" and {len(crew) - _SHOWN:,} more" if len(crew) > _SHOWN else ""
    there = f"{', '.join(list(crew)[:_SHOWN])}{more}, on {', '.join(sorted(set(crew.values()))[:_SHOWN])}"
    return Finding(
        code="plan.unknown-worker",
        message=f"{partitions} pinned to {target.describe()}; this run has {there if crew else 'no worker'}",
        level="environment",
        path=pins.source,
        hint="name a worker or host of this run, run with as many workers as are named, or without "
        "--distribution",
    )
