"""What ``--only`` means, against a plain reading of the words."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import UsageError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.reasons import Explanation, Reason
from jupyter_agilab.run.selection import select

PARTITIONS = [
    Partition(index, f"{index * 7919 + 0xABC:016x}", "parameters", "", 0, 0, 0, "", {"i": index}, 1.0, "f")
    for index in range(20)
]
REASONS = [Reason("reused", "r"), Reason("failed", "f"), Reason("stage", "s"), Reason("input", "i")]


def explain() -> Explanation:
    return Explanation("work", PARTITIONS, REASONS, array("l", (index % 4 for index in range(20))))


def never() -> Explanation:
    raise AssertionError("not needed")


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)).map(sorted), min_size=1, max_size=5))
def test_ranges_are_their_numbers(ranges: list[list[int]]) -> None:
    expected = sorted({number for first, last in ranges for number in range(first, last + 1)})
    text = ",".join(f"{first}-{last}" if first != last else str(first) for first, last in ranges)
    assert select(text, PARTITIONS, never) == expected
    assert select(text.split(","), PARTITIONS, never) == expected
    assert select(expected, PARTITIONS, never) == expected


@given(st.sets(st.integers(0, 19), min_size=1))
def test_ids_are_their_partitions(numbers: set[int]) -> None:
    assert select([PARTITIONS[number].id for number in numbers], PARTITIONS, never) == sorted(numbers)


def test_words_are_what_the_reasons_say() -> None:
    assert select("failed", PARTITIONS, explain) == list(range(1, 20, 4))
    assert select("changed", PARTITIONS, explain) == sorted([*range(2, 20, 4), *range(3, 20, 4)])
    assert select("failed, 0,2-3", PARTITIONS, explain) == sorted({0, 2, 3, *range(1, 20, 4)})


def test_a_beginning_that_several_ids_share_is_refused() -> None:
    with pytest.raises(UsageError, match="20 partitions have ids that start with '000000'"):
        select("000000", PARTITIONS, never)
