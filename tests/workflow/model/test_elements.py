"""Partitions that elements feed, against the plain product of lists."""

from __future__ import annotations

import tracemalloc
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.parameter_sets import GridSets, ListedSets, SetPartitions, axis_of
from jupyter_agilab.partition.types import digest_of
from jupyter_agilab.run.resume_key import resume_key
from jupyter_agilab.workflow.elements import Fed, element_partitions


def grid(count, name="i"):
    """Give a sweep of `count` sets."""
    return SetPartitions(GridSets([name], [axis_of([name], [(n,) for n in range(count)])], {}))


counts = st.lists(st.integers(1, 5), min_size=1, max_size=3)


def made(counts, own=None, combine="product"):
    inputs = [Fed(f"p{n}", f"s{n}", grid(count, f"x{n}"), f"k{n}") for n, count in enumerate(counts)]
    return element_partitions(inputs, combine=combine, own=None if own is None else grid(own, "own"))


@given(counts, st.none() | st.integers(1, 4))
def test_they_are_the_product_the_first_slowest_and_the_own_sweep_fastest(counts, own):
    partitions = made(counts, own)
    wanted = list(product(*map(range, counts), range(own or 1)))
    assert len(partitions) == len(wanted)
    for partition, (*places, number) in zip(partitions, wanted, strict=True):
        told = partition.detail["elements"]
        assert told == {f"p{n}": [f"s{n}", place] for n, place in enumerate(places)}
        assert partition.parameters == ({} if own is None else {"own": number})
        assert partitions.sources(partition.index) == tuple(places)


@given(st.integers(1, 6), st.integers(1, 3), st.none() | st.integers(1, 3))
def test_paired_by_place(count, inputs, own):
    partitions = made([count] * inputs, own, "zip")
    assert len(partitions) == count * (own or 1)
    for partition in partitions:
        assert set(partitions.sources(partition.index)) == {partition.index // (own or 1)}


@given(counts, st.none() | st.integers(1, 3), st.booleans())
def test_dependents_are_those_that_have_it_among_their_sources(counts, own, pairs):
    if pairs:
        counts = [counts[0]] * len(counts)
    partitions = made(counts, own, "zip" if pairs else "product")
    for place, count in enumerate(counts):
        for index in range(count):
            ranges = list(partitions.dependents(place, index))
            told = [number for each in ranges for number in each]
            assert told == [n for n in range(len(partitions)) if partitions.sources(n)[place] == index]


@given(counts, st.none() | st.integers(1, 3))
def test_ids_and_fingerprints_are_unique_and_always_the_same(counts, own):
    first, second = made(counts, own), made(counts, own)
    ids = [partition.id for partition in first]
    assert len(set(ids)) == len(ids) == len({partition.fingerprint for partition in first})
    # in any order, one by one or all together
    assert [second[n].id for n in reversed(range(len(second)))][::-1] == ids
    assert [partition.id for partition in second[:]] == ids
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in ids)


def test_digests_are_those_of_what_they_are_made_of():
    a, own = grid(3), grid(2, "own")
    partitions = element_partitions([Fed('x"', "a", a, "ka"), Fed("y", "b", a, "kb")], own=own)
    for partition in partitions:
        place, number = divmod(partition.index, 2)
        ids = [['x"', "a", a[place].id], ["y", "b", a[place].id]]
        keys = [['x"', resume_key("ka", a[place].fingerprint)], ["y", resume_key("kb", a[place].fingerprint)]]
        assert partition.id == digest_of("elements", ids, own[number].id)
        assert partition.fingerprint == digest_of("elements", keys, own[number].fingerprint)
        assert partitions.identity(partition.index) == (partition.id, partition.fingerprint)


def test_equal_sets_are_different_partitions():
    twice = SetPartitions(ListedSets([{"x": 1}, {"x": 1}]))
    partitions = element_partitions([Fed("a", "a", twice, "k")], own=twice)
    assert len({partition.id for partition in partitions}) == 4


def test_an_input_that_grows_keeps_the_ids_of_what_was_there():
    small = element_partitions([Fed("a", "a", grid(3), "k")])
    large = element_partitions([Fed("a", "a", grid(5), "k")])
    assert [each.id for each in large][:3] == [each.id for each in small]


def chain(keys, counts=4):
    """Give the partitions of A, B fed by A, C fed by B."""
    a = grid(counts)
    b = element_partitions([Fed("a", "a", a, keys[0])])
    return a, b, element_partitions([Fed("b", "b", b, keys[1])])


def test_another_key_changes_what_it_feeds_and_no_ids():
    before, after = chain(["ka", "kb"]), chain(["ka", "changed"])
    assert [each.fingerprint for each in before[1]] == [each.fingerprint for each in after[1]]
    for old, new in zip(before[2], after[2], strict=True):
        assert (old.id == new.id, old.fingerprint == new.fingerprint) == (True, False)
    first = chain(["changed", "kb"])
    assert all(
        old.fingerprint != new.fingerprint
        for number in (1, 2)
        for old, new in zip(before[number], first[number], strict=True)
    )


def test_one_other_element_changes_only_what_it_feeds():
    listed = [{"i": number} for number in range(4)]
    changed = [*listed[:2], {"i": "other"}, listed[3]]
    found = []
    for sets in (listed, changed):
        b = element_partitions([Fed("a", "a", SetPartitions(ListedSets(sets)), "ka")])
        found.append([each.fingerprint for each in element_partitions([Fed("b", "b", b, "kb")], own=grid(2))])
    differ = [old != new for old, new in zip(*found, strict=True)]
    assert differ == [False] * 4 + [True] * 2 + [False] * 2


def test_another_name_for_the_element_is_another_call():
    one = element_partitions([Fed("x", "a", grid(2), "k")])
    other = element_partitions([Fed("y", "a", grid(2), "k")])
    assert one[0].fingerprint != other[0].fingerprint


def test_unequal_counts_cannot_be_paired():
    with pytest.raises(PlanError, match="do not fit together") as error:
        element_partitions([Fed("a", "a", grid(2), "k"), Fed("b", "b", grid(3), "k")], stage="c")
    (finding,) = error.value.findings
    assert finding.key == "stages.c.input"
    assert finding.message.endswith("a has 2, b has 3")
    assert 'combine = "product"' in finding.hint


def test_too_many_are_refused():
    with pytest.raises(PlanError, match="too many"):
        made([4000, 4000])


def test_what_nothing_feeds_is_empty():
    partitions = element_partitions([Fed("a", "a", grid(3)[:0], "k")])
    assert (len(partitions), list(partitions)) == (0, [])
    with pytest.raises(IndexError):
        partitions[0]


def test_branches_that_meet_again_and_again_are_followed_once():
    """Twenty diamonds: on every way there would be a million."""
    partitions = grid(3)
    for number in range(20):
        left = element_partitions([Fed("x", f"x{number}", partitions, "k")])
        right = element_partitions([Fed("x", f"y{number}", partitions, "k")])
        partitions = element_partitions([Fed("l", "l", left, "k"), Fed("r", "r", right, "k")])
    assert len({each.id for each in partitions}) == 3


def test_a_million_take_no_memory_to_speak_of():
    a = grid(1_000_000)
    tracemalloc.start()
    try:
        partitions = a
        for name in "abc":
            partitions = element_partitions([Fed(name, name, partitions, "k")])
        assert partitions[999_999].describe() == "c[999999]"
        assert len(partitions.weights) == 1_000_000
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
