"""Lanes: who works on what, from events alone, while the run goes on."""

import json
import time
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.run.events import EventWriter, read_events
from jupyter_agilab.run.index_ranges import indexes_in
from jupyter_agilab.run.lanes import LaneReader, lanes_of
from jupyter_agilab.run.layout import RunDirectory


class Script:
    """A journal written by hand, at times of its own."""

    def __init__(self, folder: Path) -> None:
        self.run = RunDirectory(folder)
        self.reader = LaneReader(self.run)

    def add(self, at: float, kind: str, /, **fields: object) -> "Script":
        with self.run.events.open("a") as file:
            file.write(json.dumps({"v": 1, "t": 1000.0 + at, "type": kind, **fields}) + "\n")
        return self

    def begin(self, *workers: str) -> "Script":
        self.add(
            0.0, "run.started", run_id="r", stage="s", partitions=9, slots=2, runner="pool", pid=1, host="h",
            reused=0,
        )  # fmt: skip
        for name in workers:
            self.join(0.1, name)
        return self

    def join(self, at: float, name: str, host: str = "h") -> "Script":
        return self.add(at, "worker.joined", worker=name, host=host, pid=7)

    def start(self, at: float, task: int, worker: str = "", indexes: str = "0-2") -> "Script":
        known = {"worker": worker} if worker else {}
        return self.add(
            at, "task.started", task=task, attempt=1, partitions=3, first=0, indexes=indexes, **known
        )

    def finish(self, at: float, task: int, worker: str, began: float, seconds: float) -> "Script":
        return self.add(
            at, "task.finished", task=task, attempt=1, worker=worker, started=1000.0 + began, seconds=seconds,
            finished=3, bytes=1, records=3, slowest_s=seconds, peak_memory_bytes=0,
        )  # fmt: skip

    def fail(self, at: float, index: int, worker: str) -> "Script":
        return self.add(
            at, "partition.failed", index=index, partition="x", described="x", error_type="E", message="m",
            traceback="", module_lines=[], cell_line=None, worker=worker, attempt=1, final=True,
        )  # fmt: skip


@pytest.fixture
def script(tmp_path):
    return Script(tmp_path)


def drawn(lanes):
    return [(lanes.workers[bar.lane].worker, bar.start_s, bar.stop_s, bar.state) for bar in lanes.bars]


def rounded(lanes):
    return [
        (worker, round(start, 3), None if stop is None else round(stop, 3), state)
        for worker, start, stop, state in drawn(lanes)
    ]


def test_a_bar_is_there_from_the_moment_a_worker_takes_the_task_up(script):
    lanes = script.begin("a", "b").start(0.2, 1, "b").reader.refresh()
    assert rounded(lanes) == [("b", 0.2, None, "running")]
    assert (lanes.bars[0].indexes, lanes.bars[0].partitions, lanes.changed) == ("0-2", 3, [0])
    assert lanes.workers[1].running == [0]
    assert script.reader.refresh().changed == []
    script.finish(1.3, 1, "b", 0.25, 1.0)
    assert script.reader.refresh().changed == [0]
    assert rounded(lanes) == [("b", 0.25, 1.25, "finished")]
    assert (lanes.workers[1].running, lanes.workers[1].finished, lanes.workers[1].busy_s) == ([], 3, 1.0)


def test_a_task_whose_worker_is_told_with_its_end_is_drawn_then(script):
    lanes = script.begin("a").start(0.2, 1).reader.refresh()
    assert lanes.bars == []
    script.finish(2.0, 1, "a", 0.5, 1.4).reader.refresh()
    assert rounded(lanes) == [("a", 0.5, 1.9, "finished")]
    assert lanes.bars[0].indexes == "0-2"


def test_a_clock_that_is_wrong_is_not_believed(script):
    lanes = script.begin("a").start(0.2, 1, "a").finish(2.0, 1, "a", -500.0, 1.5).reader.refresh()
    assert rounded(lanes) == [("a", 0.5, 2.0, "finished")]


def test_a_failed_partition_marks_its_task_and_no_other(script):
    script.begin("a", "b").start(0.2, 1, "a").start(0.2, 2, "b")
    script.finish(1.0, 2, "b", 0.3, 0.7).finish(1.2, 1, "a", 0.2, 1.0).fail(1.2, 0, "a").fail(1.2, 1, "a")
    lanes = script.reader.refresh()
    assert [(bar.state, bar.failed) for bar in lanes.bars] == [("failed", 2), ("finished", 0)]


def test_a_lost_worker_ends_what_it_had_and_its_place_is_taken(script):
    script.begin("a", "b").start(0.2, 1, "a").start(0.2, 2, "b")
    script.add(1.0, "worker.lost", worker="a", cause="killed").add(
        1.0, "task.lost", task=1, attempt=1, worker="a", cause="killed"
    )
    script.join(1.5, "c").start(1.6, 3, "c")
    lanes = script.reader.refresh()
    assert [bar.state for bar in lanes.bars] == ["lost", "running", "running"]
    assert [(lane.worker, lane.row, lane.lost_s, lane.cause) for lane in lanes.workers] == [
        ("a", 0, 1.0, "killed"), ("b", 1, None, ""), ("c", 0, None, "")
    ]  # fmt: skip
    assert lanes.rows == 2


def test_a_worker_that_comes_back_under_its_name_goes_on_in_its_row(script):
    script.begin("a").add(1.0, "worker.lost", worker="a", cause="walltime").join(2.0, "a").join(2.1, "b")
    lanes = script.reader.refresh()
    assert [(lane.worker, lane.row, lane.lost_s) for lane in lanes.workers] == [
        ("a", 0, None),
        ("b", 1, None),
    ]


def test_a_worker_of_another_host_does_not_take_the_row(script):
    script.begin("a").add(1.0, "worker.lost", worker="a", cause="x").join(2.0, "b", host="other")
    assert [lane.row for lane in script.reader.refresh().workers] == [0, 1]


def test_what_runs_when_the_run_ends_was_stopped(script):
    script.begin("a").start(0.2, 1, "a").add(
        3.0,
        "run.ended",
        state="stopped",
        finished=0,
        reused=0,
        failed=0,
        seconds=3.0,
        artifact=None,
        message="",
    )
    lanes = script.reader.refresh()
    assert (rounded(lanes), lanes.ended) == ([("a", 0.2, 3.0, "stopped")], True)


@pytest.mark.parametrize("backend", ["local", "pool", "threads", "dask"])
def test_a_run_has_a_bar_for_each_task(stage, tmp_path, backend):
    stage.module("import time\ndef work(i):\n    time.sleep(0.05)\n    return i\n").sweep(16)
    if backend == "threads":
        stage.contract('[execution]\npool = "threads"\n', backend="pool")
    watch = api.submit(
        stage.path, api.RunSettings(**({} if backend == "threads" else {"backend": backend}), batch_size=2)
    )
    reader = LaneReader(RunDirectory(Path(watch.status.run_dir)))
    deadline = time.monotonic() + 100
    while not watch.refresh().ended and time.monotonic() < deadline:
        reader.refresh()
        time.sleep(0.02)
    lanes = reader.refresh()
    assert watch.status.state == "finished"
    assert sorted(index for bar in lanes.bars for index in indexes_in(bar.indexes)) == list(range(16))
    assert {bar.state for bar in lanes.bars} == {"finished"}
    assert all(0 <= bar.start_s < bar.stop_s <= lanes.last_s + 0.5 for bar in lanes.bars)
    assert sum(lane.finished for lane in lanes.workers) == 16
    assert all(not lane.running for lane in lanes.workers)
    again = lanes_of(RunDirectory(Path(watch.status.run_dir)))
    assert drawn(again) == drawn(lanes)
    started = [
        e for e in read_events(Path(watch.status.run_dir) / "events.jsonl") if e["type"] == "task.started"
    ]
    assert all(event["worker"] for event in started)
    # at the moment at which the first task was told, it was drawn as under way
    lines = (Path(watch.status.run_dir) / "events.jsonl").read_bytes().splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if b'"task.started"' in line)
    (tmp_path / "then").mkdir()
    (tmp_path / "then/events.jsonl").write_bytes(b"".join(lines[: first + 1]))
    assert [bar.state for bar in lanes_of(RunDirectory(tmp_path / "then")).bars] == ["running"]


def test_many_small_tasks_are_read_in_far_less_time_than_they_take(script):
    """5,000 tasks a second: what comes in a second must be read in a part of it."""
    script.begin(*(f"w{number}" for number in range(8)))
    writer = EventWriter(script.run.events)
    now = time.time()
    for task in range(1, 20_001):
        worker = f"w{task % 8}"
        writer.emit(
            "task.started", task=task, attempt=1, partitions=1, first=task, indexes=f"{task}", worker=worker
        )
        writer.emit(
            "task.finished", task=task, attempt=1, worker=worker, started=now, seconds=0.001, finished=1,
            bytes=1, records=1, slowest_s=0.001, peak_memory_bytes=0, indexes=f"{task}",
        )  # fmt: skip
    writer.close()
    begun = time.process_time()
    lanes = script.reader.refresh()
    # four seconds of such a run
    assert time.process_time() - begun < 4.0
    assert len(lanes.bars) == len(lanes.changed) == 20_000
    begun = time.process_time()
    for _ in range(100):
        assert script.reader.refresh().changed == []
    assert time.process_time() - begun < 1.0
