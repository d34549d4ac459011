"""What can be claimed at once, and what is free of it."""

from __future__ import annotations

from collections.abc import Mapping

_ROUNDING = 1e-9


class Ledger:
    """Amounts by name; not safe from several threads by itself.

    Amounts may be fractions; what they add up to may be off by rounding.
    """

    def __init__(self, total: Mapping[str, float]) -> None:
        self.total = dict(total)
        self.free = dict(total)

    def take(self, claims: Mapping[str, float], held: set[str]) -> bool:
        """Take what is claimed where all of it is free; says whether it was.

        Parameters
        ----------
        held
            Names that somebody who came before waits for: who claims one of them waits too, so that large
            claims have their turn. Where this claim has to wait, its names are added.
        """
        if any(
            name in held or self.free.get(name, 0.0) < amount - _ROUNDING for name, amount in claims.items()
        ):
            held.update(claims)
            return False
        for name, amount in claims.items():
            self.free[name] -= amount
        return True

    def give(self, claims: Mapping[str, float]) -> None:
        """Give back what was taken."""
        for name, amount in claims.items():
            self.free[name] = min(self.free[name] + amount, self.total[name])
