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

    def take(self, claims: Mapping[str, float], held: dict[str, float]) -> bool:
        """Take what is claimed where all of it is free; says whether it was.

        Parameters
        ----------
        held
            Amounts that those who came before wait for: they are not given to who comes later, so that large
            claims have their turn. Where this claim has to wait, its amounts are added.
        """
        if any(
            self.free.get(name, 0.0) - held.get(name, 0.0) < amount - _ROUNDING
            for name, amount in claims.items()
        ):
            for name, amount in claims.items():
                held[name] = held.get(name, 0.0) + amount
            return False
        for name, amount in claims.items():
            self.free[name] -= amount
        return True

    def give(self, claims: Mapping[str, float]) -> None:
        """Give back what was taken."""
        for name, amount in claims.items():
            self.free[name] = min(self.free[name] + amount, self.total[name])
