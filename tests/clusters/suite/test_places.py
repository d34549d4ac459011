"""One behaviour suite for every kind of cluster: what holds for a run holds wherever its workers are."""

import json
import os
import signal
import time

import pytest

from jupyter_agilab import api

PLACES = ("local", "tls_scheduler", "ssh_hosts", "gateway", "slurm")
COUNT = 24

WORK = """
    import os
    import time
    from pathlib import Path

    def work(i):
        print("partition", i, "speaks")
        if i == 7 and not Path("failed-once").exists():
            Path("failed-once").touch()
            raise RuntimeError("only the first time")
        time.sleep(0.02)
        return {"i": i, "square": i * i}
"""
SLOW = """
    import time
    from pathlib import Path

    def work(i):
        time.sleep(0.6 if Path("slowly").exists() else 0.0)
        return {"i": i, "square": i * i}
"""
POISON = """
    import ctypes

    def work(i):
        if i == 5:
            # a real crash, of this very thread
            ctypes.string_at(0)
        return {"i": i, "square": i * i}
"""
PINNED = """
    import os
    import time

    def work(i):
        time.sleep(0.3)
        return {"i": i, "pid": os.getpid()}
"""


@pytest.fixture(params=PLACES)
def place(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def expected() -> bytes:
    """Give the artifact of a sweep of squares, computed by hand."""
    records = [{"i": i, "square": i * i} for i in range(COUNT)]
    return "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records).encode()


def same(artifact: bytes, expected: bytes) -> bool:
    """Compare records and their order; how JSON is spaced is not this suite's business."""
    return [json.loads(line) for line in artifact.splitlines()] == [
        json.loads(line) for line in expected.splitlines()
    ]


def wait_until(stage, status, condition, timeout_s=90.0):
    deadline = time.monotonic() + timeout_s
    while not (found := condition(stage.events(status))):
        assert time.monotonic() < deadline, "it does not come:\n" + "\n".join(map(str, stage.events(status)))
        time.sleep(0.05)
    return found


def test_results_retries_and_logs(stage, place, expected):
    stage.module(WORK).sweep(COUNT, "[execution]\nretries = 1\nretry_wait_s = 0.1\n").at(place)
    status = stage.status()
    assert status.state == "finished", status.message
    on_cluster = stage.artifact()
    assert same(on_cluster, expected)
    failed = stage.events(status, "partition.failed")
    assert [(event["index"], event["final"]) for event in failed] == [(7, False)]
    joined = stage.events(status, "worker.joined")
    assert len({event["worker"] for event in joined}) == place.workers
    lines = [line.text for line in api.logs(status.run_dir).lines(grep="speaks")]
    # the one that failed speaks twice
    assert sorted(lines) == sorted(f"partition {i} speaks" for i in [*range(COUNT), 7])
    # the same bytes as without any cluster
    assert stage.status(cluster=None, backend="local", force=True).state == "finished"
    assert stage.artifact() == on_cluster


def test_stop_keeps_what_is_done_and_the_next_run_goes_on(stage, place, expected):
    stage.module(SLOW).sweep(COUNT).at(place)
    (stage.folder / "slowly").touch()
    watch = stage.submit(batch_size=1)
    wait_until(stage, watch.status, lambda events: sum(e["type"] == "task.finished" for e in events) >= 2)
    stopped = api.stop(watch.status.run_dir)
    assert stopped.state == "stopped"
    kept = sum(event["finished"] for event in stage.events(watch.status, "task.finished"))
    assert 2 <= kept < COUNT
    (stage.folder / "slowly").unlink()
    status = stage.status()
    assert status.state == "finished", status.message
    started = stage.events(status, "run.started")[0]
    assert kept <= started["reused"] < COUNT
    assert same(stage.artifact(), expected)


def test_a_partition_that_kills_its_worker_fails_alone(stage, place, expected):
    stage.module(POISON).sweep(COUNT, '[execution]\non_failure = "finish"\n').at(place)
    status = stage.status()
    assert status.state == "partial", status.message
    failures = [event for event in stage.events(status, "partition.failed") if event["final"]]
    assert [event["index"] for event in failures] == [5]
    assert failures[0]["kind"] == "died"
    assert "SIGSEGV" in failures[0]["message"]
    partial = (stage.folder / "artifacts/work.partial.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["i"] for line in partial] == [i for i in range(COUNT) if i != 5]


def test_pinned_partitions_stay_with_their_worker_and_a_killed_one_is_not_blamed(stage, place):
    stage.module(PINNED).sweep(COUNT).at(place)
    plan = stage.folder / "work-plan.json"
    names = ("127.0.0.2", "127.0.0.3-1") if place.kind == "ssh" else ("worker-0", "worker-1")
    made = api.plan(stage.path, workers=2)
    from jupyter_agilab.planning.work_plan import work_plan_of

    value = work_plan_of(made)
    value["pins"] = {each.id: names[each.index % 2] for each in made.partitions}
    plan.write_text(json.dumps(value))
    watch = stage.submit(distribution=str(plan), batch_size=1)
    finished = wait_until(
        stage, watch.status, lambda events: [event for event in events if event["type"] == "task.finished"]
    )
    victim = finished[0]["worker"]
    joined = next(event for event in stage.events(watch.status, "worker.joined") if event["worker"] == victim)
    os.kill(joined["pid"], signal.SIGKILL)
    status = watch.wait(timeout_s=200)
    assert status.state == "finished", status.message
    lost = stage.events(status, "worker.lost")
    assert [(event["worker"], "SIGKILL" in event["cause"]) for event in lost] == [(victim, True)]
    assert not [event for event in stage.events(status, "partition.failed") if event["final"]]
    records = [json.loads(line) for line in stage.artifact().splitlines()]
    assert [record["i"] for record in records] == list(range(COUNT))
    of_pin = [{record["pid"] for record in records if record["i"] % 2 == rest} for rest in (0, 1)]
    # the killed one came back as another process; nobody else did its work
    assert sorted(map(len, of_pin)) == [1, 2]
    assert not of_pin[0] & of_pin[1]
