"""A run's events as columns, against events written by hand and a run that was really done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_agilab import api
from jupyter_agilab.panel.widgets.protocol import STATES, Filter
from jupyter_agilab.panel.widgets.run_columns import RunColumns
from jupyter_agilab.panel.widgets.stage_data import StageData
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.submit import RunSettings


def told(*events: dict[str, Any], count: int = 10) -> RunColumns:
    run = RunColumns(count, RunDirectory(Path("nowhere")))
    run.take({"type": "run.started", "t": 1000.0, "reused": 0})
    for event in events:
        run.take({"attempt": 1, **event, "t": 1000.0 + event["t"]})
    return run


def started(t: float, task: int, indexes: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "task.started",
        "t": t,
        "task": task,
        "indexes": indexes,
        "first": 0,
        "partitions": 1,
        **more,
    }


def finished(t: float, task: int, worker: str, indexes: str, seconds: float) -> dict[str, Any]:
    return {
        "type": "task.finished",
        "t": t,
        "task": task,
        "worker": worker,
        "indexes": indexes,
        "started": 1000.0 + t - seconds,
        "seconds": seconds,
    }


def failed(t: float, index: int, worker: str, *, final: bool, kind: str = "raised") -> dict[str, Any]:
    return {
        "type": "partition.failed",
        "t": t,
        "index": index,
        "worker": worker,
        "final": final,
        "kind": kind,
        "error_type": "ValueError",
        "message": "no",
        "traceback": "",
    }


def states(run: RunColumns) -> list[str]:
    return [STATES[code] for code in run.state]


def test_a_batch_is_running_and_then_done_in_its_workers_lane() -> None:
    run = told(started(1, 1, "0-3", worker="b"), started(1, 2, "4-5"))
    assert states(run) == ["running"] * 6 + ["waiting"] * 4
    assert run.running() == [(0, 1.0, 0, 4)]
    run = told(started(1, 1, "0-3", worker="b"), finished(5, 1, "b", "0-3", 4.0))
    assert states(run)[:5] == ["done"] * 4 + ["waiting"]
    assert run.lane[:5].tolist() == [0, 0, 0, 0, -1]
    assert run.begin[:4].tolist() == [1, 2, 3, 4]
    assert run.stop[:4].tolist() == [2, 3, 4, 5]
    assert run.attempts[:5].tolist() == [1, 1, 1, 1, 0]


def test_what_failed_is_told_apart_from_what_was_left() -> None:
    run = told(
        started(0, 1, "0-3", worker="a"),
        finished(4, 1, "a", "0,3", 4.0),
        failed(4, 1, "a", final=True),
    )
    assert states(run)[:4] == ["done", "failed", "waiting", "done"]
    assert run.failures[1]["error_type"] == "ValueError"


def test_an_attempt_that_is_followed_by_another_one_is_kept_as_a_try() -> None:
    run = told(
        started(0, 1, "2", worker="a"),
        finished(1, 1, "a", "", 1.0),
        failed(1, 2, "a", final=False),
        started(2, 2, "2", worker="b", attempt=2),
        finished(4, 2, "b", "2", 2.0),
    )
    assert states(run)[2] == "done"
    assert run.attempts[2] == 2
    assert (run.tries.index, run.tries.lane, run.tries.begin, run.tries.stop) == ([2], [0], [0.0], [1.0])
    assert run.lane[2] == 1


def test_a_lost_worker_gives_its_partitions_back_and_its_lane_to_the_next() -> None:
    run = told(
        {"type": "worker.joined", "t": 0, "worker": "a", "host": "h"},
        {"type": "worker.joined", "t": 0, "worker": "b", "host": "h"},
        started(1, 1, "0-1", worker="a"),
        {"type": "worker.lost", "t": 2, "worker": "a", "cause": "killed"},
    )
    assert states(run)[:2] == ["waiting"] * 2
    assert [lane["lost"] for lane in run.lanes.told([])] == [True, False]
    run.take({"type": "worker.joined", "t": 1003.0, "worker": "c", "host": "h"})
    assert [lane["worker"] for lane in run.lanes.told([])] == ["c", "b"]


def test_a_task_that_is_lost_waits_again() -> None:
    run = told(
        started(1, 1, "0-1", worker="a"),
        {"type": "task.lost", "t": 2, "task": 1, "worker": "a", "cause": "x"},
    )
    assert states(run)[:2] == ["waiting"] * 2
    assert run.running() == []


def test_what_was_under_way_when_the_run_ended_was_stopped() -> None:
    run = told(started(1, 1, "0-1", worker="a"), {"type": "run.ended", "t": 3})
    assert states(run)[:3] == ["stopped", "stopped", "waiting"]
    assert run.stop[0] == 3.0


def test_a_heartbeat_says_who_has_a_task() -> None:
    run = told(
        {"type": "worker.joined", "t": 0, "worker": "tcp://1", "host": "h"},
        started(1, 1, "0-3"),
        {"type": "run.beat", "t": 2, "workers": [{"worker": "tcp___1", "partition": 2, "since": 1.5}]},
    )
    assert run.running() == [(0, 1.0, 2, 4)]


def test_a_worker_whose_clock_is_off_is_not_believed() -> None:
    event = finished(5, 1, "a", "0", 2.0)
    run = told(started(1, 1, "0", worker="a"), {**event, "started": 5.0})
    assert (run.begin[0], run.stop[0]) == (3.0, 5.0)


def test_indexes_outside_the_plan_are_passed_over() -> None:
    run = told(
        started(0, 1, "8-12", worker="a"), finished(1, 1, "a", "8-12", 1.0), failed(1, 99, "a", final=True)
    )
    assert states(run)[8:] == ["done", "done"]


@pytest.mark.usefixtures("contract")
def test_a_real_run_from_its_start_to_its_end(wait: Callable[..., None]) -> None:
    watch = api.submit("clean")
    data = StageData.of_run(watch)

    def ended() -> bool:
        data.refresh()
        return data.is_ended and not data.run.has_more  # type: ignore[union-attr]  # it has a run

    wait(ended)
    run = data.run
    assert run is not None
    assert data.status is not None
    assert data.status.state == "partial"
    assert [STATES[code] for code in run.state] == ["done"] * 7 + ["failed"] + ["done"] * 4
    summary = data.summary()
    assert summary["mode"] == "ended"
    assert (summary["counts"]["done"], summary["counts"]["failed"], summary["done"]) == (11, 1, 11)
    assert len(str(summary)) < 4000
    assert len(data.lanes()) == 2
    # what each took is what its segment says, and bars of a lane do not overlap
    done = np.flatnonzero(run.state == STATES.index("done"))
    assert (run.seconds[done] >= 0.02).all()
    for lane in range(2):
        mine = np.flatnonzero(run.lane == lane)
        order = mine[np.argsort(run.begin[mine])]
        assert (run.begin[order][1:] >= run.stop[order][:-1] - 1e-3).all()
    (row,) = data.rows(0, 5, None, Filter(states=("failed",)))["rows"]
    assert row[0] == 7
    again = api.submit("clean", RunSettings(only="failed"))
    data = StageData.of_run(again)
    wait(ended)
    assert data.summary()["counts"]["resumed"] == 11
    assert data.summary()["counts"]["failed"] == 1
