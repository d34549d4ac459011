"""What an expression may give: its kind, and the objects from outside that it may share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from jupyter_agilab.migrate.know.words import words

IMMUTABLE = frozenset(
    words(
        """
    int float str bool bytes none number path date dates text range function module const slice
"""
    )
)
DATA = (
    frozenset(
        words(
            """
    frame series array tensor xarray list dict set tuple groupby iterator
"""
        )
    )
    | IMMUTABLE
)


@dataclass(frozen=True, slots=True)
class Value:
    """An abstract value.

    Attributes
    ----------
    kind
        ``frame``, ``list``, ``axes``, ``lib:sklearn.svm.SVC``, ``object:NAME`` (of a class of the notebook),
        ``module:numpy``, ``function:NAME``, ...; empty where unknown.
    roots
        Names from outside that this object may be, or be a view of.
    inside
        Names from outside whose objects can be reached through this one.
    varies
        It may differ from one iteration to the next.
    parts
        The values of a tuple, where they are known one by one.
    """

    kind: str = ""
    roots: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()
    varies: bool = False
    parts: tuple[Value, ...] | None = None

    @property
    def reach(self) -> frozenset[str]:
        """Every name whose object may change when this one is changed deeply."""
        return frozenset() if self.kind in IMMUTABLE else self.roots | self.inside

    def part(self, kind: str = "") -> Value:
        """Give what an element or attribute of this value may be."""
        shared = frozenset() if self.kind in IMMUTABLE or kind in IMMUTABLE else self.roots | self.inside
        return Value(kind, shared, shared, self.varies)

    def own(self, kind: str = "") -> Value:
        """Give a new object that was made from this one and shares nothing."""
        return Value(kind, varies=self.varies)

    def holding(self, kind: str) -> Value:
        """Give a new container whose elements may be this value's."""
        return Value(kind, frozenset(), self.reach, self.varies)

    def of_kind(self, kind: str) -> Value:
        """Give the same value, known to be of `kind`."""
        return replace(self, kind=kind)


def join(values: Iterable[Value]) -> Value:
    """Give what may be any of `values`."""
    several = list(values)
    if not several:
        return Value()
    kinds = {value.kind for value in several if value.kind != "none"}
    parts = several[0].parts
    return Value(
        kinds.pop() if len(kinds) == 1 else "",
        frozenset().union(*(value.roots for value in several)),
        frozenset().union(*(value.inside for value in several)),
        any(value.varies for value in several),
        parts if all(value.parts == parts for value in several) else None,
    )


def container(kind: str, values: Iterable[Value]) -> Value:
    """Give a new container that holds `values`."""
    several = list(values)
    return Value(
        kind,
        frozenset(),
        frozenset().union(*(value.reach for value in several)),
        any(value.varies for value in several),
        tuple(several) if kind == "tuple" else None,
    )
