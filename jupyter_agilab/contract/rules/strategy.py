"""A strategy that does not fit the split: AGILAB lets it pass, and the plan takes one that fits."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_agilab.contract.model import STRATEGIES_OF_SPLIT, fitting_strategy
from jupyter_agilab.contract.subject import Remark, Subject


def strategy_fits_split(subject: Subject) -> Iterator[Remark]:
    """Tell the mismatch, the strategies that fit, and the one that is taken."""
    split, strategy = subject.get("split"), subject.get("partition_strategy")
    if split is None or strategy is None or strategy in STRATEGIES_OF_SPLIT[split]:
        return
    fitting = " or ".join(STRATEGIES_OF_SPLIT[split])
    taken = fitting_strategy(split, strategy)
    yield Remark(
        "contract.strategy",
        ("partition_strategy",),
        f"partition_strategy must be {fitting} for split = {split!r}; it is {strategy!r}",
        f'write partition_strategy = "{taken}", which the plan takes anyway',
        "warning",
    )
