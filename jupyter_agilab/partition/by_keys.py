"""Tables cut by keys: rows with the same key are in the same bucket, on every machine and in every run."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.contract.model import Contract, Strategy, fitting_strategy
from jupyter_agilab.partition.grouped import Bundling, GroupedSurvey, StagedGroup, note
from jupyter_agilab.partition.staged.units import MOST_UNITS, Group
from jupyter_agilab.partition.staged.values import bucket_of


@dataclass(frozen=True, slots=True)
class ByKeys:
    """``by = "keys"``."""

    strategy: Strategy = "row-chunks"
    over_partitions: bool = True
    meaning: str = "rows with the same key are in the same hash bucket"

    @classmethod
    def of(cls, contract: Contract) -> ByKeys:
        """Give the way for a contract, whose strategy says nothing here."""
        return cls(fitting_strategy(contract.split, contract.partition_strategy))

    def survey(self, contract: Contract, folder: Path) -> GroupedSurvey:
        """Find the files."""
        columns = contract.partition.columns
        return GroupedSurvey(
            contract, folder, lambda wanted: KeyRule(columns, min(max(1, wanted), MOST_UNITS)), _buckets
        )


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Rows are grouped by a hash of their key."""

    columns: tuple[str, ...]
    buckets: int

    @property
    def identity(self) -> tuple[Any, ...]:
        """What tells it from other rules."""
        return ("keys", list(self.columns), self.buckets)

    def unit_of(self, values: tuple[Any, ...]) -> Hashable:
        """Give the number of the bucket."""
        return bucket_of(values, self.buckets)

    def groups(self, units: Sequence[Hashable], *, is_text: bool) -> list[Group]:
        """Give the buckets that hold rows, in order."""
        del is_text
        numbered = sorted((int(str(unit)), number) for number, unit in enumerate(units))
        return [Group(f"bucket {bucket + 1:,} of {self.buckets:,}", (number,)) for bucket, number in numbered]


def _buckets(groups: Sequence[StagedGroup], wanted: int) -> Bundling:
    count = len(groups)
    findings = []
    if count < wanted:
        empty = wanted - count
        what = "1 bucket is" if empty == 1 else f"{empty:,} buckets are"
        findings.append(
            note(
                code="partition.empty-buckets",
                message=f"{what} empty and no partition; there may be fewer keys than buckets",
                key="target_partitions",
            )
        )
    rule = f"{wanted:,} {'bucket' if wanted == 1 else 'buckets'} by a hash of the key."
    return Bundling([(number, number + 1) for number in range(count)], rule, "", tuple(findings))
