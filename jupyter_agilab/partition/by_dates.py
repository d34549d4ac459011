"""Tables cut by dates: calendar bins, each from its first day to before the first day of the next."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract, Strategy, fitting_strategy
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.grouped import Bundling, GroupedSurvey, StagedGroup, note
from jupyter_agilab.partition.staged.calendar_bins import (
    Period,
    bin_name,
    first_day,
    moment_of,
    next_bin,
)
from jupyter_agilab.partition.staged.units import Group

_NAMED = 3


@dataclass(frozen=True, slots=True)
class ByDates:
    """``by = "dates"``."""

    strategy: Strategy = "row-chunks"
    over_partitions: bool = True
    meaning: str = "rows of the same calendar bin are together"

    @classmethod
    def of(cls, contract: Contract) -> ByDates:
        """Give the way for a contract, whose strategy says nothing here."""
        return cls(fitting_strategy(contract.split, contract.partition_strategy))

    def survey(self, contract: Contract, folder: Path) -> GroupedSurvey:
        """Find the files."""
        period: Period = contract.partition.period or "month"

        def bins(groups: Sequence[StagedGroup], wanted: int) -> Bundling:
            del wanted
            return _bins(groups, period)

        return GroupedSurvey(
            contract, folder, lambda wanted: DateRule(contract.partition.columns, period), bins
        )


@dataclass(slots=True)
class DateRule:
    """Rows are grouped by the calendar bin of their date; those without a date are together."""

    columns: tuple[str, ...]
    period: Period
    _zoned: set[bool] = field(default_factory=set)

    @property
    def identity(self) -> tuple[Any, ...]:
        """What tells it from other rules."""
        return ("dates", list(self.columns), self.period)

    def unit_of(self, values: tuple[Any, ...]) -> Hashable:
        """Give the first day of the bin.

        Raises
        ------
        ValueError
            It is no date, or others have a time zone and it has none.
        """
        (value,) = values
        if value is None:
            return None
        day, zoned = moment_of(value)
        if zoned not in self._zoned:
            if self._zoned:
                raise ValueError("with and without a time zone")
            self._zoned.add(zoned)
        return first_day(day, self.period).isoformat()

    def groups(self, units: Sequence[Hashable], *, is_text: bool) -> list[Group]:
        """Give the bins in order; the rows without a date come last."""
        del is_text
        found = []
        for unit, number in sorted(
            ((unit, number) for number, unit in enumerate(units)), key=lambda item: (item[0] is None, item[0])
        ):
            if unit is None:
                found.append(Group(f"no {self.columns[0]}", (number,)))
                continue
            start = date.fromisoformat(str(unit))
            end = next_bin(start, self.period)
            found.append(Group(bin_name(start, self.period), (number,), (start.isoformat(), end.isoformat())))
        return found


def _bins(groups: Sequence[StagedGroup], period: Period) -> Bundling:
    count = len(groups)
    what = f"1 {period}" if count == 1 else f"{count:,} {period}s"
    return Bundling(
        [(number, number + 1) for number in range(count)],
        f"{what} with rows, each is one partition.",
        "",
        (*_gaps(groups, period), *_without(groups)),
    )


def _gaps(groups: Sequence[StagedGroup], period: Period) -> list[Finding]:
    bounds = [group.bounds for group in groups if group.bounds is not None]
    named: list[str] = []
    count = 0
    for (_, end), (start, _) in pairwise(bounds):
        day, until = date.fromisoformat(end), date.fromisoformat(start)
        while day < until:
            count += 1
            if len(named) < _NAMED:
                named.append(bin_name(day, period))
            day = next_bin(day, period)
    if not count:
        return []
    more = f" and {count - len(named):,} more" if count > len(named) else ""
    what = f"1 {period} has" if count == 1 else f"{count:,} {period}s have"
    message = f"{what} no rows and no partition: {', '.join(named)}{more}"
    return [note(code="partition.gaps", message=message, key="partition.period")]


def _without(groups: Sequence[StagedGroup]) -> list[Finding]:
    rows = sum(group.rows for group in groups if group.bounds is None)
    if not rows:
        return []
    what = "1 row has" if rows == 1 else f"{rows:,} rows have"
    return [
        note(
            code="partition.without-date",
            message=f"{what} no date: a partition of their own",
            key="partition.columns",
        )
    ]
