"""Tables cut by groups: rows with the same values in some columns are never split."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jupyter_agilab.contract.model import Contract, Strategy, fitting_strategy
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.grouped import Bundling, GroupedSurvey, StagedGroup
from jupyter_agilab.partition.staged.units import Group
from jupyter_agilab.partition.staged.values import as_numbers, rank, shown

_GIANT: Final = 2.0


@dataclass(frozen=True, slots=True)
class ByGroups:
    """``by = "groups"``."""

    strategy: Strategy = "row-chunks"
    over_partitions: bool = True
    meaning: str = "rows with the same values are together, and small groups share a partition"

    @classmethod
    def of(cls, contract: Contract) -> ByGroups:
        """Give the way for a contract, whose strategy says nothing here."""
        return cls(fitting_strategy(contract.split, contract.partition_strategy))

    def survey(self, contract: Contract, folder: Path) -> GroupedSurvey:
        """Find the files."""
        rule = GroupRule(contract.partition.columns)
        return GroupedSurvey(contract, folder, lambda wanted: rule, bundled)


@dataclass(frozen=True, slots=True)
class GroupRule:
    """Rows with the same values are a group; no value is one too."""

    columns: tuple[str, ...]

    @property
    def identity(self) -> tuple[Any, ...]:
        """What tells it from other rules."""
        return ("groups", list(self.columns))

    def unit_of(self, values: tuple[Any, ...]) -> Hashable:
        """Give the values themselves."""
        return values

    def groups(self, units: Sequence[Hashable], *, is_text: bool) -> list[Group]:
        """Put units with equal values together: numbers, then text, in order; no value comes last.

        A column of text that holds only numbers holds numbers, as a whole, so ``1`` and ``1.0`` are equal.
        """
        columns = [list(column) for column in zip(*units, strict=True)]
        if is_text:
            columns = [_typed(column) for column in columns]
        found: dict[tuple[Any, ...], list[int]] = {}
        for number, values in enumerate(zip(*columns, strict=True)):
            found.setdefault(values, []).append(number)
        return [
            Group(
                ", ".join(
                    f"{name} = {shown(value)}" for name, value in zip(self.columns, values, strict=True)
                ),
                tuple(found[values]),
            )
            for values in sorted(found, key=lambda values: [rank(value) for value in values])
        ]


def _typed(column: list[Any]) -> list[Any]:
    present = [value for value in column if value is not None]
    numbers = as_numbers(present)
    if numbers is None:
        return column
    if len(present) < len(column) and not any(isinstance(number, bool) for number in numbers):
        # pandas has whole numbers with missing ones among them as floats
        try:
            numbers = [float(number) for number in numbers]
        except OverflowError:
            return column
    left = iter(numbers)
    return [None if value is None else next(left) for value in column]


def bundled(groups: Sequence[StagedGroup], wanted: int) -> Bundling:
    """Put neighbouring groups together until there are `wanted` partitions of similar numbers of rows.

    A group that is as large as a partition would be is one of its own.
    """
    count = len(groups)
    told = "1 group" if count == 1 else f"{count:,} groups"
    if count <= wanted:
        shortfall = f"there {'is' if count == 1 else 'are'} only {told}" if count < wanted else ""
        ranges = [(number, number + 1) for number in range(count)]
        return Bundling(ranges, f"{told}, each is one partition.", shortfall, _giants(groups, ranges))
    ranges = _ranges([group.rows for group in groups], wanted)
    rule = f"{told} in {len(ranges):,} partitions; no group is split."
    return Bundling(ranges, rule, "", _giants(groups, ranges))


def _ranges(rows: Sequence[int], wanted: int) -> list[tuple[int, int]]:
    """Cut a sequence into `wanted` ranges, none of them empty."""
    # the large ones first, until what is left over would not be larger than a partition
    alone: set[int] = set()
    left, rest = wanted, sum(rows)
    for number in sorted(range(len(rows)), key=lambda number: -rows[number]):
        if left <= 1 or rows[number] * left < rest:
            break
        alone.add(number)
        left -= 1
        rest -= rows[number]
    bins: list[list[int]] = []
    before, last = 0, -1
    for number, count in enumerate(rows):
        if number in alone:
            bins.append([number, number + 1])
            last = -1
            continue
        # by the middle of a group, so that one more row elsewhere rarely moves it to another partition
        place = (2 * before + count) * left // (2 * max(1, rest))
        before += count
        if place == last:
            bins[-1][1] = number + 1
        else:
            bins.append([number, number + 1])
        last = place
    found = [(first, stop) for first, stop in bins]
    while len(found) < wanted:
        sizes = [sum(rows[first:stop]) if stop - first > 1 else -1 for first, stop in found]
        place = max(range(len(found)), key=sizes.__getitem__)
        first, stop = found[place]
        found[place : place + 1] = [(first, (first + stop) // 2), ((first + stop) // 2, stop)]
    while len(found) > wanted:
        place = min(
            range(len(found) - 1),
            key=lambda place: sum(rows[found[place][0] : found[place + 1][1]]),
        )
        found[place : place + 2] = [(found[place][0], found[place + 1][1])]
    return found


def _giants(groups: Sequence[StagedGroup], ranges: Sequence[tuple[int, int]]) -> tuple[Finding, ...]:
    if len(ranges) < 2:
        return ()
    total = sum(group.rows for group in groups)
    largest = max(groups, key=lambda group: group.rows)
    if largest.rows * len(ranges) <= _GIANT * total:
        return ()
    return (
        Finding(
            code="partition.giant-group",
            message=f"the group {largest.label} has {largest.rows / total:.0%} of the rows "
            f"({largest.rows:,} of {total:,}), and no group is split: "
            "its partition takes longest, whatever the workers",
            level="environment",
            severity="warning",
            key="partition.columns",
            hint='add a column to `columns` that divides it, or use by = "rows" if groups may be split',
        ),
    )
