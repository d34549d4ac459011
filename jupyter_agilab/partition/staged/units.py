"""The groups that rows are staged by, and what is known of each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Protocol, cast

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError

MOST_UNITS: Final = 200_000
_REMEMBERED = 300_000


@dataclass(frozen=True, slots=True)
class Group:
    """One group: rows that always stay together.

    Attributes
    ----------
    label
        What people know it by.
    units
        The numbers of the units that are this group.
    bounds
        First day and first day after it, of a calendar bin.
    """

    label: str
    units: tuple[int, ...]
    bounds: tuple[str, str] | None = None


class Rule(Protocol):
    """How rows are grouped."""

    @property
    def identity(self) -> tuple[Any, ...]:
        """What tells it from other rules."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it looks at."""
        ...

    def unit_of(self, values: tuple[Any, ...]) -> Hashable:
        """Give the unit of a row with these values.

        Raises
        ------
        ValueError
            The values are not what the rule can group by.
        """
        ...

    def groups(self, units: Sequence[Hashable], *, is_text: bool) -> list[Group]:
        """Put the units into groups, in the order of the plan; `is_text` where all values were text."""
        ...


class Units:
    """Numbers the units of a table in the order in which they come."""

    def __init__(self, rule: Rule, read: Callable[[Any], Any]) -> None:
        self._rule = rule
        self._read = read
        self._known: dict[Any, int] = {}
        self._numbers: dict[Hashable, int] = {}
        self._wrong: list[str] = []
        self._wrong_count = 0

    @property
    def units(self) -> list[Hashable]:
        """The units, by their numbers."""
        return list(self._numbers)

    def numbers(self, keys: Sequence[Any], before: int) -> list[int]:
        """Give the number of each row's unit; `before` rows were numbered already."""
        known = self._known
        found = list(map(known.get, keys))
        if None in found:
            for place, key in enumerate(keys):
                if found[place] is None:
                    number = known.get(key)
                    found[place] = known[key] = (
                        self._number(key, before + place) if number is None else number
                    )
        if len(known) > _REMEMBERED:
            known.clear()
        return cast("list[int]", found)

    def _number(self, key: Any, row: int) -> int:
        values = tuple(self._read(value) for value in key)
        try:
            unit = self._rule.unit_of(values)
        except ValueError:
            self._wrong_count += 1
            if len(self._wrong) < 3:
                self._wrong.append(f"{values[0]!r} in row {row + 1:,}")
            return 0
        number = self._numbers.setdefault(unit, len(self._numbers))
        if number >= MOST_UNITS:
            raise _too_many(self._rule.columns)
        return number

    def check(self) -> None:
        """Raise `PlanError` where values were no dates."""
        if not self._wrong:
            return
        more = self._wrong_count - len(self._wrong)
        told = ", ".join(self._wrong) + (f" and {more:,} more" if more else "")
        raise PlanError(
            "the input cannot be planned",
            [
                Finding(
                    code="partition.no-date",
                    message=f"the column {self._rule.columns[0]} has values that are no dates: {told}",
                    level="environment",
                    key="partition.columns",
                    hint="dates are ISO 8601 (2013-01-05, 2013-01-05T10:00:00+02:00), with a time zone in "
                    "all rows or in none; correct or empty the others: rows without a date are a partition",
                )
            ],
        )


def _too_many(columns: Sequence[str]) -> PlanError:
    finding = Finding(
        code="partition.too-many",
        message=f"there are more than {MOST_UNITS:,} groups by {', '.join(columns)}",
        level="environment",
        key="partition.columns",
        hint='use by = "keys": rows with the same key are in the same bucket, of as many as are wanted',
    )
    return PlanError("there are too many groups", [finding])


def unit_digest(unit: Hashable) -> bytes:
    """Give eight bytes that tell a unit, whatever its number."""
    return blake2b(repr(unit).encode("utf-8", "surrogatepass"), digest_size=8).digest()
