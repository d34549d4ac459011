"""Bars: the predicted schedule, and what is shown of too many."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.panel.widgets.bars import Bars, planned_bars, visible
from jupyter_agilab.panel.widgets.plan_columns import PlanColumns
from jupyter_agilab.panel.widgets.protocol import MOST_BARS, MOST_LANES, STATES
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.store import read_plan, write_plan


def plan_of(weights: list[float], owners: list[int]) -> Plan:
    count = max(owners, default=0) + 1
    loads = [0.0] * count
    for weight, owner in zip(weights, owners, strict=True):
        loads[owner] += weight
    made = [
        Partition(index, f"{index:016x}", "file", f"f{index}", 0, 1, 0, "csv", None, weight, "x")
        for index, weight in enumerate(weights)
    ]
    return Plan(
        stage="s",
        partitions=made,
        workers=owners,
        requested_workers=count,
        effective_workers=count,
        planned_partitions=len(made),
        useful_workers=count,
        threads_per_worker=1,
        cores=count,
        input_files=len(made),
        rule="",
        loads=tuple(loads),
    )


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.just(0.0) | st.floats(1e-6, 100), st.integers(0, 4)), min_size=1, max_size=40),
    st.floats(0.5, 100),
)
def test_each_worker_does_its_partitions_one_after_another(
    work: list[tuple[float, int]], seconds: float
) -> None:
    plan = plan_of([weight for weight, _ in work], [owner for _, owner in work])
    columns = PlanColumns(plan)
    bars = planned_bars(columns, columns.planned, seconds)
    longest = max(plan.loads)
    scale = seconds / longest if longest else 1.0
    ends: dict[int, float] = defaultdict(float)
    by_index = {int(index): place for place, index in enumerate(bars.index)}
    assert sorted(by_index) == list(range(len(work)))
    for index, (weight, owner) in enumerate(work):
        place = by_index[index]
        assert bars.lane[place] == owner
        assert bars.begin[place] == pytest.approx(ends[owner], abs=1e-6)
        ends[owner] += weight * scale
        assert bars.stop[place] == pytest.approx(ends[owner], abs=1e-6)
    if longest:
        assert max(ends.values()) == pytest.approx(seconds)


def many(count: int, lanes: int, seed: int = 1) -> Bars:
    rng = np.random.default_rng(seed)
    begin = np.sort(rng.uniform(0, 100, count))
    return Bars(
        rng.integers(0, lanes, count).astype(np.int32),
        begin,
        begin + rng.uniform(0, 0.01, count),
        np.where(rng.uniform(size=count) < 0.001, STATES.index("failed"), STATES.index("done")).astype(
            np.uint8
        ),
        np.arange(count),
    )


@pytest.mark.parametrize(
    ("count", "lanes", "width"), [(300_000, 8, 1000), (300_000, 600, 4000), (25_000, 1, 300)]
)
def test_too_many_bars_become_few_and_no_partition_is_lost(count: int, lanes: int, width: int) -> None:
    bars = many(count, lanes)
    shown, binned = visible(bars, 0.0, 101.0, width)
    assert binned
    assert len(shown) <= MOST_BARS
    assert int(np.where(shown.index < 0, -shown.index, 1).sum()) == count
    assert shown.lane.max() < MOST_LANES
    assert (shown.stop >= shown.begin).all()
    # a failed one is seen in whatever bar it is
    failed = bars.at(bars.state == STATES.index("failed"))
    shown_failed = shown.at(shown.state == STATES.index("failed"))
    for lane, begin in zip(np.minimum(failed.lane, MOST_LANES - 1), failed.begin, strict=True):
        mine = shown_failed.at(shown_failed.lane == lane)
        assert ((mine.begin <= begin) & (mine.stop >= begin)).any()
    assert len(shown.packed()) <= 20 * MOST_BARS


def test_few_bars_are_shown_as_they_are_and_only_those_in_the_window() -> None:
    bars = many(5_000, 4)
    shown, binned = visible(bars, 20.0, 30.0, 1000)
    assert not binned
    wanted = [int(i) for i in range(5_000) if bars.stop[i] >= 20 and bars.begin[i] <= 30]
    assert shown.index.tolist() == wanted


def test_packed_bars_are_five_floats_each() -> None:
    bars = many(3, 2)
    packed = np.frombuffer(bars.packed(), "<f4").reshape(-1, 5)
    assert packed[:, 0].tolist() == bars.lane.tolist()
    assert packed[:, 1] == pytest.approx(bars.begin, abs=1e-3)
    assert packed[:, 4].tolist() == [0, 1, 2]


def test_pins_move_bars_to_their_lanes(tmp_path: Path) -> None:
    plan = plan_of([1.0] * 6, [0, 1, 0, 1, 0, 1])
    write_plan(plan, tmp_path)
    data = StageData(read_plan(tmp_path), expected_s=3.0)
    data.pin([0, 2], "worker-1")
    assert [lane["pinned"] for lane in data.lanes()] == [0, 2]
    told, packed = data.bars("plan", 0, 0, 500)
    assert told["count"] == 6
    bars = np.frombuffer(packed, "<f4").reshape(-1, 5)
    assert sorted(bars[bars[:, 0] == 1][:, 4].tolist()) == [0, 1, 2, 3, 5]
    assert data.bars("run", 0, 0, 500)[0]["count"] == 0
    data.pin([0, 2], None)
    assert [lane["pinned"] for lane in data.lanes()] == [0, 0]
