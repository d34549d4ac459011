"""What of an input file has changed between two plans, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_agilab.contract.sizes import size_text
from jupyter_agilab.partition.types import Partition


class InputSizes:
    """The sizes in bytes of the files that a plan's partitions come from, as the partitions tell them."""

    def __init__(self) -> None:
        self._weights: dict[str, float] = {}
        self._headers: dict[str, int] = {}

    @classmethod
    def of_entries(cls, entries: Iterable[Mapping[str, Any]]) -> InputSizes:
        """Add up the partitions of a stored plan."""
        sizes = cls()
        for entry in entries:
            if entry.get("source"):
                sizes._add(entry["source"], entry["weight"], entry.get("header_bytes", 0))
        return sizes

    def add(self, partition: Partition) -> None:
        """Add one partition."""
        if partition.source:
            self._add(partition.source, partition.weight, partition.header_bytes)

    def __len__(self) -> int:
        return len(self._weights)

    def of(self, source: str) -> int | None:
        """Give the size of a file; None where no partition comes from it."""
        weight = self._weights.get(source)
        return None if weight is None else round(weight) + self._headers[source]

    def _add(self, source: str, weight: float, header_bytes: int) -> None:
        self._weights[source] = self._weights.get(source, 0.0) + weight
        self._headers[source] = header_bytes


def resized(then: int | None, now: int | None) -> str:
    """Say how a file's size has changed: ``input changed: size 10.2 -> 10.4 MB``; empty where it has not."""
    if then is None or now is None or then == now:
        return ""
    before, after = size_text(then), size_text(now)
    if before == after:
        # a difference that three figures do not show
        return f"input changed: size {then:,} -> {now:,} bytes"
    if before.split()[1] == after.split()[1]:
        before = before.split()[0]
    return f"input changed: size {before} -> {after}"


def same_size(*, by_content: bool) -> str:
    """Say what has changed of a file that has the size that it had."""
    return "input changed: same size, other content" if by_content else "input touched: same size, other time"
