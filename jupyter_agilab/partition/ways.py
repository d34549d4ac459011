"""What a way of splitting is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from jupyter_agilab.contract.model import Contract, Strategy
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.types import Partition

MOST_PARTITIONS: Final = 10_000_000


def refuse_too_many(count: int, key: str) -> None:
    """Raise `PlanError` where there would be more partitions than any run could keep a record of."""
    if count > MOST_PARTITIONS:
        finding = Finding(
            code="partition.too-many",
            message=f"there would be {count:,} partitions; at most {MOST_PARTITIONS:,} can be planned",
            level="environment",
            key=key,
        )
        raise PlanError("there are too many partitions", [finding])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The partitions of an input.

    Attributes
    ----------
    partitions
        In merge order; may be lazy.
    weights
        Their weights, in the same order.
    shortfall
        Why there are fewer partitions than wanted; empty where there are as many.
    findings
        What was seen while cutting.
    rule
        What was done, as a sentence, where the number of partitions follows from the input; empty where it
        follows from the arithmetic of the plan.
    """

    partitions: Sequence[Partition]
    weights: Sequence[float]
    shortfall: str = ""
    findings: tuple[Finding, ...] = ()
    rule: str = ""


class Survey(Protocol):
    """An input that was looked at but not cut yet."""

    @property
    def items(self) -> int:
        """Files, or sets of a sweep."""
        ...

    @property
    def input_files(self) -> int:
        """Files that hold data; 0 for a sweep."""
        ...

    @property
    def described(self) -> str:
        """What the items are, as a phrase: ``3 files``."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was seen so far."""
        ...

    def can_split(self) -> bool:
        """Whether one item can become several partitions; looks into files until one can."""
        ...

    def cut(self, wanted: int) -> Cut:
        """Make the partitions: `wanted` of them where that is possible, and no input left out.

        Raises
        ------
        jupyter_agilab.errors.PlanError
            A file cannot be read.
        """
        ...


class Way(Protocol):
    """One way of splitting."""

    @property
    def strategy(self) -> Strategy:
        """As the contract spells it."""
        ...

    @property
    def over_partitions(self) -> bool:
        """Whether there may be more partitions than items, up to ``target_partitions``."""
        ...

    @property
    def meaning(self) -> str:
        """One line for people who choose."""
        ...

    def survey(self, contract: Contract, folder: Path) -> Survey:
        """Look at the input from outside.

        Raises
        ------
        jupyter_agilab.errors.PlanError
            The input cannot be read, or the contract asks for what this way cannot do.
        """
        ...
