"""Batches: every pending partition is handed out once, tiny ones many at a time."""

from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.run.batching import MAX_SEGMENTS, TARGET_S, Batcher


@given(
    weights=st.lists(st.floats(0, 1e9), min_size=1, max_size=300),
    slots=st.integers(1, 16),
    fixed=st.none() | st.integers(1, 50),
    data=st.data(),
)
def test_each_pending_partition_is_handed_out_exactly_once(weights, slots, fixed, data):
    pending = data.draw(st.lists(st.sampled_from(range(len(weights))), unique=True))
    batcher = Batcher(weights, pending, slots, fixed)
    seen = []
    while batcher:
        batch = batcher.next()
        assert batch == sorted(batch)
        assert batch
        seen += batch
        batcher.learn(batch, data.draw(st.floats(0, 1e3)))
    assert sorted(seen) == sorted(pending)
    assert batcher.next() == []


def test_what_is_left_is_shared_out_among_the_workers():
    batcher = Batcher([1.0] * 20_000, range(20_000), 2)
    batcher.learn(batcher.next(), 5e-6)
    sizes = []
    while batcher:
        left = len(batcher)
        sizes.append(len(batcher.next()))
        # half of it, or 10 ms
        assert sizes[-1] <= max(-(-left // 2), 2_000)
    assert len(sizes) < 8


def test_batches_of_tiny_partitions_grow_to_the_target():
    batcher = Batcher([1.0] * 1_000_000, range(1_000_000), 2)
    per_partition_s = 1e-5
    sizes = []
    while batcher:
        batch = batcher.next()
        batcher.learn(batch, per_partition_s * len(batch))
        sizes.append(len(batch))
    assert max(sizes) <= TARGET_S / per_partition_s * 1.1
    assert len(sizes) < MAX_SEGMENTS


def test_slow_partitions_go_one_by_one():
    batcher = Batcher([1.0] * 5000, range(5000), 2)
    for _ in range(20):
        batch = batcher.next()
        assert len(batch) == 1
        batcher.learn(batch, 60.0)


def test_heavy_partitions_go_first():
    batcher = Batcher([1.0, 9.0, 5.0], range(3), 1, 1)
    assert [batcher.next() for _ in range(3)] == [[1], [2], [0]]


def test_what_is_put_back_comes_next_in_pieces():
    batcher = Batcher([1.0] * 100, range(100), 1, 20)
    first = batcher.next()
    batcher.put_back(first, parts=8)
    again = [batcher.next() for _ in range(7)]
    assert [index for batch in again for index in batch] == first
    assert max(map(len, again)) == 3
    assert batcher.next() == list(range(20, 40))


def test_partitions_without_weight_are_batched_too():
    """20,000 empty files once were 20,000 tasks."""
    batcher = Batcher([0.0] * 20_000, range(20_000), 2)
    tasks = 0
    while batch := batcher.next():
        batcher.learn(batch, 1e-5 * len(batch))
        tasks += 1
    assert tasks < 600


def test_what_is_left_is_cut_anew_when_workers_join():
    batcher = Batcher([1.0] * 1000, range(1000), 2)
    batcher.learn(batcher.next(), 0.001)
    for_two = len(batcher.next())
    batcher.fit(100)
    assert len(batcher.next()) < for_two
    batcher.fit(0)
    assert batcher.next()
