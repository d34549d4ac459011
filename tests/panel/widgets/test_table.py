"""The table in windows against plain Python over all rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_agilab.panel.widgets.protocol import COLUMNS, STATES, Filter, Sort
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.partition.types import Partition, digest_of
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.store import read_plan, write_plan
from jupyter_agilab.run.layout import RunDirectory


def plan_of(count: int, workers: int = 3) -> Plan:
    made = [
        Partition(
            index,
            digest_of(index),
            "rows" if index % 3 else "file",
            f"data/part {index % 7}.csv",
            10 * index,
            10 * index + index % 5,
            0,
            "csv",
            None,
            float(index * 37 % 101),
            digest_of(index),
        )
        for index in range(count)
    ]
    owners = [index % workers for index in range(count)]
    loads = tuple(sum(each.weight for each in made[worker::workers]) for worker in range(workers))
    return Plan(
        stage="many",
        partitions=made,
        workers=owners,
        requested_workers=workers,
        effective_workers=workers,
        planned_partitions=count,
        useful_workers=workers,
        threads_per_worker=1,
        cores=workers,
        input_files=7,
        rule="",
        loads=loads,
    )


def with_states(data: StageData, states: list[int]) -> StageData:
    from jupyter_agilab.panel.widgets.run_columns import RunColumns

    run = RunColumns(data.count, RunDirectory(Path("nowhere")))
    for index, state in enumerate(states):
        run.state[index] = state
        run.seconds[index] = (index * 13 % 29) / 8
        run.attempts[index] = index % 4
        run.lane[index] = run.lanes.lane_of(f"worker-{index % 2}") if state in {2, 3, 4} else -1
    data.run = data.table.run = run
    return data


@pytest.fixture(params=["memory", "stored"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> StageData:
    plan = plan_of(700)
    if request.param == "stored":
        write_plan(plan, tmp_path)
        plan = read_plan(tmp_path)
    return with_states(StageData(plan), [(index * 7) % 8 for index in range(700)])


def everything(data: StageData, sort: Sort | None = None, kept: Filter = Filter()) -> list[list[Any]]:  # noqa: B008
    found, start = [], 0
    while True:
        answer = data.rows(start, 200, sort, kept)
        assert not answer["is_partial"]
        if not answer["rows"]:
            assert len(found) == answer["total"]
            return found
        found += answer["rows"]
        start += 200


def test_a_row_says_what_the_partition_is(data: StageData) -> None:
    rows = everything(data)
    assert [row[0] for row in rows] == list(range(700))
    row = dict(zip(COLUMNS, rows[4], strict=True))
    assert row["source"] == "data/part 4.csv"
    assert row["slice"] == "rows 40-44"
    assert row["rows"] == 4
    assert row["size"] == 4 * 37 % 101
    assert row["planned"] == 1
    assert row["state"] == STATES[4 * 7 % 8]
    assert dict(zip(COLUMNS, rows[3], strict=True))["rows"] is None


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("is_down", [False, True])
def test_sorting_is_pythons_stable_sort(data: StageData, column: str, is_down: bool) -> None:
    place = COLUMNS.index(column)

    def key(row: list[Any]) -> Any:
        if column == "state":
            return STATES.index(row[place])
        if column in {"source", "slice"}:
            return f"{row[2]} {row[3]}".strip().encode()
        return row[place] or 0 if column != "worker" else ["", "worker-0", "worker-1"].index(row[place])

    wanted = everything(data)
    if column == "worker":
        # lanes are numbered as workers come
        lanes = {data.run.lanes.name(lane): lane for lane in range(2)} | {"": -1}  # type: ignore[union-attr]  # set above
        wanted.sort(key=lambda row: lanes[row[place]])
    else:
        wanted.sort(key=key)
    if is_down:
        groups: dict[Any, list[Any]] = {}
        for row in wanted:
            groups.setdefault(lanes[row[place]] if column == "worker" else key(row), []).append(row)
        wanted = [row for group in reversed(list(groups.values())) for row in group]
    assert [row[0] for row in everything(data, Sort(column, is_down))] == [row[0] for row in wanted]


@pytest.mark.parametrize(
    "kept",
    [
        Filter("part 3"),
        Filter("PART 3.CSV ROWS 1,"),
        Filter(digest_of(123)[:9]),
        Filter("no such thing"),
        Filter(states=("failed", "done")),
        Filter(worker="worker-1"),
        Filter("part 2", ("done",), "worker-1"),
    ],
)
def test_filters_are_plain_python(data: StageData, kept: Filter) -> None:
    def stays(row: list[Any]) -> bool:
        told = dict(zip(COLUMNS, row, strict=True))
        text = f"{told['id']} {told['source']} {told['slice']}".lower()
        return (
            kept.text.lower() in text
            and (not kept.states or told["state"] in kept.states)
            and (not kept.worker or told["worker"] == kept.worker)
        )

    wanted = [row[0] for row in everything(data) if stays(row)]
    assert [row[0] for row in everything(data, None, kept)] == wanted
    for position, index in list(enumerate(wanted))[:3]:
        assert data.find(index, None, kept)["position"] == position
    missing = next(index for index in range(700) if index not in wanted)
    assert data.find(missing, None, kept)["position"] == -1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=40),
    st.sampled_from([None, *COLUMNS]),
    st.booleans(),
    st.sets(st.sampled_from(STATES)),
    st.integers(-3, 50),
    st.integers(-3, 300),
)
def test_windows_put_together_are_the_whole(
    states: list[int], column: str | None, is_down: bool, shown: set[str], start: int, count: int
) -> None:
    data = with_states(StageData(plan_of(len(states))), states)
    sort = None if column is None else Sort(column, is_down)
    kept = Filter(states=tuple(sorted(shown)))
    whole = everything(data, sort, kept)
    assert sorted(row[0] for row in whole) == [
        index for index, state in enumerate(states) if not shown or STATES[state] in shown
    ]
    answer = data.rows(start, count, sort, kept)
    assert answer["rows"] == whole[answer["start"] :][: max(0, min(count, 200))]


def test_a_plan_that_is_removed_meanwhile_has_no_rows(tmp_path: Path) -> None:
    write_plan(plan_of(600), tmp_path)
    data = StageData(read_plan(tmp_path))
    for path in tmp_path.iterdir():
        path.unlink()
    assert data.rows(0, 10, None, Filter())["rows"] == []
    assert data.rows(0, 10, Sort("size"), Filter("x"))["rows"] == []
