"""A run as its journal shows it: states, workers, what they do now, retries, causes."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_agilab.run.events import EventWriter
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import SCHEMA
from jupyter_agilab.run.watch import RunWatch, run_state
from jupyter_agilab.run.worker_status import WorkerStatus

NO_PROCESS = 2**22 + 1


class Journal:
    """A run directory in which events are written by hand."""

    def __init__(self, folder: Path) -> None:
        self.run = RunDirectory(folder / ".agilab/runs/work/20260101-000000-0000")
        self.run.path.mkdir(parents=True)
        self.manifest(state="running", pid=os.getpid(), host="elsewhere")
        self.events = EventWriter(self.run.events)
        self.watch = RunWatch(self.run)

    def manifest(self, **fields) -> None:
        kept = json.loads(self.run.manifest.read_text()) if self.run.manifest.exists() else {}
        self.run.manifest.write_text(json.dumps({"schema": SCHEMA, "partitions": 100, **kept, **fields}))

    def tell(self, kind: str, /, **fields):
        """Write an event; give the status after it."""
        self.events.emit(kind, **fields)
        return self.watch.refresh()

    def start(self, workers: int = 2):
        self.tell(
            "run.started",
            run_id=self.run.run_id,
            stage="work",
            partitions=100,
            slots=workers,
            runner="pool",
            pid=1,
            host="elsewhere",
            reused=0,
        )
        for number in range(workers):
            self.tell("worker.joined", worker=f"pool-{number}", host="h", pid=10 + number)
        return self.watch.status

    def task(self, *indexes: int, attempt: int = 1):
        text = ",".join(map(str, indexes))
        return self.tell(
            "task.started",
            task=indexes[0],
            attempt=attempt,
            partitions=len(indexes),
            first=indexes[0],
            indexes=text,
        )

    def fail(self, index: int, *, final: bool = True, wait_s: float = 0.0, **changes):
        fields = {
            "index": index,
            "partition": f"{index:016x}",
            "described": f"i={index}",
            "error_type": "ValueError",
            "message": f"bad number {index}",
            "traceback": "Traceback\n",
            "module_lines": [3],
            "cell_line": None,
            "worker": "pool-0",
            "attempt": 1,
            "kind": "raised",
        }
        return self.tell("partition.failed", **{**fields, **changes}, final=final, wait_s=wait_s)

    def beat(self, **workers):
        """Write what each worker is seen to do: ``pool_0=(partition, cpu_s)``."""
        seen = [
            {
                "worker": name.replace("_", "-"),
                "partition": partition,
                "since": 50.0,
                "done": 0,
                "cpu_s": cpu_s,
                "rss_bytes": 1000,
            }
            for name, (partition, cpu_s) in workers.items()
        ]
        return self.tell("run.beat", workers=seen)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path)
    yield made
    made.events.close()


def test_an_artifact_without_some_partitions_has_a_state_of_its_own(journal):
    journal.start()
    journal.fail(3)
    status = journal.tell(
        "run.ended",
        state="partial",
        finished=99,
        reused=0,
        failed=1,
        seconds=4.0,
        artifact="/a/work.partial.jsonl",
        missing_count=1,
        message="",
    )
    assert (status.state, status.ended, status.missing) == ("partial", True, 1)
    assert status.artifact == "/a/work.partial.jsonl"
    assert status.to_json()["missing"] == 1


def test_the_state_comes_from_the_manifest_where_the_journal_lacks_its_end(journal):
    journal.start()
    artifact = {"path": "/a/work.partial.jsonl", "missing": [3], "missing_count": 1}
    journal.manifest(state="partial", artifact=artifact, message="", seconds=4.0)
    status = journal.watch.refresh()
    assert (status.state, status.missing, status.artifact) == ("partial", 1, "/a/work.partial.jsonl")


@pytest.mark.parametrize(("asked", "state"), [(True, "stopped"), (False, "interrupted")])
def test_a_driver_that_was_killed_after_a_stop_was_asked_for_counts_as_stopped(journal, asked, state):
    import platform

    journal.start()
    started = journal.watch.status.started
    journal.manifest(pid=NO_PROCESS, host=platform.node())
    if asked:
        journal.run.stop_request.touch()
    time.sleep(0.05)
    status = journal.watch.refresh()
    assert status.state == run_state(journal.run) == state
    # it took what the journal shows, however long ago that was
    assert status.elapsed_s < 0.05
    assert started == status.started


@pytest.mark.parametrize(("seconds", "state"), [(1, "running"), (-1, "running"), (60, "interrupted")])
def test_a_clock_that_is_set_ends_no_run(journal, monkeypatch, seconds, state):
    import platform

    import psutil

    began = psutil.Process().create_time()
    journal.start()
    journal.manifest(pid=os.getpid(), host=platform.node(), created=began)
    # the start of every process is told anew: one of another time is that of a later process
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: began + seconds)
    assert journal.watch.refresh().state == run_state(journal.run) == state


def test_causes_and_the_first_failures(journal):
    journal.start()
    for index in range(7):
        status = journal.fail(index)
    status = journal.fail(9, error_type="KeyError")
    assert status.failed == 8
    assert [failure["index"] for failure in status.failures] == [0, 1, 2]
    assert [(cause.error_type, cause.partitions) for cause in status.causes] == [
        ("ValueError", 7),
        ("KeyError", 1),
    ]
    told = status.to_json()["causes"]
    assert json.loads(json.dumps(told)) == told
    assert told[0]["example"]["message"] == "bad number 0"


def test_retries_that_wait_until_they_are_started_again(journal):
    journal.start()
    status = journal.fail(3, final=False, wait_s=60.0)
    status = journal.fail(4, final=False, wait_s=30.0)
    assert (status.failed, status.retries_waiting, status.causes) == (0, 2, [])
    assert 25 < status.retry_at - time.time() < 31
    journal.task(5, 6)
    assert journal.watch.status.retries_waiting == 2
    status = journal.task(4, attempt=2)
    assert status.retries_waiting == 1
    status = journal.task(2, 3, attempt=2)
    assert (status.retries_waiting, status.retry_at) == (0, 0.0)
    status = journal.fail(3, attempt=2)
    assert (status.failed, status.causes[0].attempts) == (1, 3)


def test_a_worker_that_uses_cpu_moves_and_one_that_does_not_may_be_stuck(journal):
    journal.start()
    journal.beat(pool_0=(7, 5.0), pool_1=(8, 5.0))
    time.sleep(0.1)
    status = journal.beat(pool_0=(7, 5.0), pool_1=(8, 5.09))
    still, working = status.workers["pool-0"], status.workers["pool-1"]
    assert (still.activity, working.activity) == ("still", "working")
    assert "is stuck" in still.moving
    assert "computing" in working.moving
    assert 0.09 < still.quiet_s < 5
    assert working.quiet_s == 0
    # it has gone on to another partition
    status = journal.beat(pool_0=(9, 5.0), pool_1=(8, 5.2))
    assert status.workers["pool-0"].activity == "working"


def test_the_longest_partition_memory_and_living_workers(journal):
    status = journal.start(3)
    assert (status.alive, status.memory_bytes, status.longest) == (3, 0, None)
    worker = {"done": 0, "cpu_s": 1.0, "rss_bytes": 1000}
    status = journal.tell(
        "run.beat",
        workers=[
            {"worker": "pool-0", "partition": 7, "since": 60.0, **worker},
            {"worker": "pool-1", "partition": 8, "since": 50.0, **worker},
        ],
    )
    name, longest = status.longest
    assert (name, longest.partition, status.memory_bytes) == ("pool-1", 8, 2000)
    assert status.workers["pool-2"].activity == "idle"
    status = journal.tell("worker.lost", worker="pool-1", cause="killed by signal 9")
    assert (status.alive, status.memory_bytes, status.longest[0]) == (2, 1000, "pool-0")
    assert status.workers["pool-1"].moving == "it is gone"


def test_threads_of_one_process_share_its_memory(journal):
    journal.start(0)
    for number in range(3):
        journal.tell("worker.joined", worker=f"thread-{number}", host="h", pid=10)
    status = journal.beat(thread_0=(1, 1.0), thread_1=(2, 1.0), thread_2=(3, 1.0))
    assert status.memory_bytes == 1000


def test_workers_whose_names_no_file_can_have(journal):
    journal.start(0)
    journal.tell("worker.joined", worker="tcp://10.0.0.1:99", host="h", pid=None)
    status = journal.tell(
        "run.beat", workers=[{"worker": "tcp___10.0.0.1_99", "partition": 7, "since": 1.0, "done": 0}]
    )
    assert list(status.workers) == ["tcp://10.0.0.1:99"]
    worker = status.workers["tcp://10.0.0.1:99"]
    # nobody sees the CPU of another machine
    assert (worker.partition, worker.activity, worker.moving) == (7, "unknown", "")


def test_nothing_is_under_way_once_the_run_has_ended(journal):
    journal.start()
    journal.beat(pool_0=(7, 5.0))
    ending = {"finished": 1, "reused": 0, "failed": 0, "seconds": 4.0, "artifact": None, "message": ""}
    status = journal.tell("run.ended", state="stopped", **ending)
    assert status.longest is None
    assert status.workers["pool-0"].partition is None


def test_a_process_that_took_the_place_of_another_moves():
    worker = WorkerStatus()
    worker.look({"partition": 1, "since": 5.0, "done": 3, "cpu_s": 100.0, "rss_bytes": 10}, 10.0)
    worker.look({"partition": 1, "since": 5.0, "done": 3, "cpu_s": 0.5, "rss_bytes": 5}, 20.0)
    assert worker.activity == "working"
    assert worker.peak_memory_bytes == 10
