"""An account of what partitions claim: cores, memory, GPUs, and resources that workers declare by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.errors import ClusterError
from jupyter_agilab.workflow.machine import this_machine

# in units that people write; sums of fractions must come out even
_SLACK = 1e-9
_ALIASES = {"gpus": "GPU"}


class Account:
    """What is there, and how much of it partitions under way have claimed.

    Parameters
    ----------
    offers
        What each worker has, see `jupyter_agilab.run.runners.types.Runner.offers`; empty: they share this
        machine.
    place
        Where that is, for errors: ``this machine``.
    """

    def __init__(self, offers: Sequence[Mapping[str, float]], place: str) -> None:
        self._place = place
        self._taken: dict[str, float] = {}
        self.fit(offers)

    def fit(self, offers: Sequence[Mapping[str, float]]) -> None:
        """Take note of other workers than before."""
        here = this_machine()
        # workers of this machine have a thread or two each, and its cores are for whoever claims them
        self._workers = [
            {**offer, "cpus": max(offer.get("cpus", 0.0), here["cpus"])} for offer in offers
        ] or [here]
        self._is_shared = not offers
        self._all: dict[str, float] = {}
        for worker in self._workers:
            for name, amount in worker.items():
                self._all[name] = self._all.get(name, 0.0) + amount

    def refuse_unsatisfiable(self, claims: Mapping[str, Mapping[str, float]]) -> None:
        """Raise `ClusterError` where no worker has what one partition of a stage claims.

        Parameters
        ----------
        claims
            By stage.
        """
        for stage, claimed in claims.items():
            for name, amount in claimed.items():
                most = max((worker.get(self._known(name), 0.0) for worker in self._workers), default=0.0)
                if amount > most + _SLACK:
                    known = sorted({each for worker in self._workers for each in worker})
                    raise ClusterError(
                        f"a partition of {stage} claims {amount:g} of {name}, and no worker of {self._place} "
                        f"has more than {most:g}: it would wait for ever",
                        hint=did_you_mean(name, known) or f"what can be claimed there: {', '.join(known)}",
                    )

    def declared(self, claims: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
        """Give the part of claims that the scheduler can look after: what its workers declare by name."""
        if self._is_shared:
            return ()
        return tuple(
            (self._known(name), amount)
            for name, amount in claims.items()
            if name not in {"cpus", "memory"} and self._known(name) in self._all
        )

    def has_room(self, claims: Mapping[str, float]) -> bool:
        """Say whether so much more can be claimed now."""
        return all(
            self._taken.get(name, 0.0) + amount <= self._all.get(self._known(name), 0.0) + _SLACK
            for name, amount in claims.items()
        )

    def take(self, claims: Mapping[str, float]) -> None:
        """Note that so much is claimed."""
        for name, amount in claims.items():
            self._taken[name] = self._taken.get(name, 0.0) + amount

    def give_back(self, claims: Mapping[str, float]) -> None:
        """Note that so much is free again."""
        for name, amount in claims.items():
            self._taken[name] -= amount

    def _known(self, name: str) -> str:
        alias = _ALIASES.get(name, name)
        return alias if any(alias in worker for worker in self._workers) else name


def overlap(one: Iterable[str], other: Iterable[str]) -> bool:
    """Say whether two claims have a name in common."""
    return not set(one).isdisjoint(other)
