"""The results of a run in partition order: the first segment that holds a partition counts."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.run.collected import CollectedResults
from jupyter_agilab.run.segments import SegmentIndex

COUNT = 12
neighbours = st.tuples(st.integers(-2, COUNT), st.integers(0, COUNT)).map(lambda a: list(range(a[0], sum(a))))
anything = st.lists(st.integers(-2, COUNT + 2), unique=True, max_size=COUNT)


def segment(number: int, indexes: list[int]) -> SegmentIndex:
    lengths = [(7 * index + number) % 5 for index in indexes]
    many = [0] * len(indexes)
    return SegmentIndex(
        path=Path(f"{number}.index.json"),
        data=Path(f"{number}.data"),
        size=sum(lengths),
        crc=0,
        indexes=indexes,
        ids=[f"id{index}" for index in indexes],
        keys=[""] * len(indexes),
        lengths=lengths,
        records=many,
        seconds=[0.0] * len(indexes),
        cpu=[0.0] * len(indexes),
        memory=many,
        kinds=[("json", ())],
        kind=many,
        stamp=(0, 0, 0),
    )


@given(st.lists(neighbours | anything, max_size=4))
def test_each_partition_is_where_the_first_segment_has_it(held) -> None:
    segments = [segment(number, indexes) for number, indexes in enumerate(held)]
    results = CollectedResults(segments, COUNT)
    expected = {}
    for each in segments:
        for place, index in enumerate(each.indexes):
            where = (each.data, sum(each.lengths[:place]), each.lengths[place])
            if 0 <= index < COUNT:
                expected.setdefault(index, where)
    found = {result.index: (result.path, result.offset, result.length) for result in results}
    assert found == expected
    assert [result.index for result in results] == sorted(expected)
    assert all(result.partition == f"id{result.index}" for result in results)
    assert len(results) == len(expected)
    assert results.missing() == [index for index in range(COUNT) if index not in expected]
