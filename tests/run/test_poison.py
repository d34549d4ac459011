"""Partitions that raise, crash, hang or take all memory: named with their causes, and the others finish."""

import json
import time
from pathlib import Path

import pytest

from jupyter_agilab import report
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.layout import RunDirectory

MANY = 1_000
BAD = {
    **dict.fromkeys((3, 250, 500, 777, 901), ("raised", "ValueError")),
    **dict.fromkeys((120, 640), ("raised", "KeyError")),
    333: ("died", "WorkerLost"),
    444: ("timeout", "PartitionTimeout"),
    555: ("memory", "OutOfMemory"),
}
TIMEOUT_S = 4
MODULE = """
    import os, time
    def work(i):
        if i in (3, 250, 500, 777, 901):
            raise ValueError(f"cannot read value {i}")
        if i in (120, 640):
            return {}[i]
        if i == 333:
            os._exit(3)
        if i == 444:
            time.sleep(1000)
        if i == 555:
            hoard = []
            while True:
                hoard.append(bytearray(20_000_000))
                time.sleep(0.005)
        return i
"""
POLICY = f"""
    [execution]
    on_failure = "finish"
    timeout_s = {TIMEOUT_S}
    memory = "1 GB"
"""


def events_of(status):
    return list(read_events(RunDirectory(Path(status.run_dir)).events))


def failures_of(status):
    return [event for event in events_of(status) if event["type"] == "partition.failed"]


@pytest.mark.parametrize("backend", ["pool", "dask"])
def test_all_kinds_of_failure_at_once(stage, backend):
    stage.module(MODULE).sweep(MANY).contract(POLICY, backend=backend)
    status = stage.status()
    assert (status.state, status.finished, status.failed) == ("partial", MANY - len(BAD), len(BAD))
    final = {event["index"]: event for event in failures_of(status) if event["final"]}
    assert {index: (event["kind"], event["error_type"]) for index, event in final.items()} == BAD
    assert "code 3" in final[333]["message"]
    assert "timeout_s" in final[444]["message"]
    assert "time.sleep(1000)" in final[444]["traceback"]
    assert "1 GB are allowed" in final[555]["message"]
    # each was tried once: nobody asked for more
    assert len(failures_of(status)) == len(BAD)
    artifact = stage.folder / "artifacts/work.partial.jsonl"
    assert status.artifact == str(artifact)
    assert [json.loads(line) for line in artifact.read_text().splitlines()] == [
        i for i in range(MANY) if i not in BAD
    ]
    assert not (stage.folder / "artifacts/work.jsonl").exists()
    manifest = json.loads(RunDirectory(Path(status.run_dir)).manifest.read_text())
    assert manifest["artifact"]["missing"] == sorted(BAD)
    assert manifest["state"] == "partial"
    # five causes, each with its inputs
    causes = {cause.error_type: {each["index"] for each in cause.inputs} for cause in status.causes}
    wanted: dict[str, set[int]] = {}
    for index, (_, name) in BAD.items():
        wanted.setdefault(name, set()).add(index)
    assert causes == wanted
    page = report(status.run_dir).read_text()
    failed = page[page.index('id="failures"') :]
    for index, (_, name) in BAD.items():
        assert name in failed
        assert f"i={index}" in failed
    # all of it in the time that the hang was allowed, and the others' own
    ended = [event for event in events_of(status) if event["type"] == "run.ended"]
    assert ended[0]["seconds"] < TIMEOUT_S + 20


@pytest.mark.parametrize("place", ["local", "processes", "threads", "dask"])
def test_a_partition_that_hangs_is_ended_and_says_where(stage, place):
    stage.module("""
        import time
        def work(i):
            if i == 2:
                return wait(i)
            return i
        def wait(i):
            time.sleep(1000)
    """).sweep(5)
    pool = "threads" if place == "threads" else "processes"
    stage.contract(f'[execution]\non_failure = "finish"\ntimeout_s = 1\npool = "{pool}"\n')
    backend = {"local": "local", "dask": "dask"}.get(place, "pool")
    begun = time.monotonic()
    status = stage.status(backend=backend)
    assert (status.state, status.finished, status.failed) == ("partial", 4, 1)
    failures = failures_of(status)
    (failure,) = [each for each in failures if each["final"]]
    if place == "dask":
        # one that waited at the same worker is lost with it, and done again
        assert all(each["kind"] == "died" for each in failures if each is not failure)
    else:
        assert failures[0] is failure
    assert (failure["index"], failure["kind"]) == (2, "timeout")
    assert "in wait" in failure["traceback"]
    assert "jupyter_agilab" not in failure["traceback"]
    assert failure["module_lines"] == [5, 8]
    assert time.monotonic() - begun < 60


def test_retries_wait_longer_each_time_and_go_to_another_worker(stage):
    stage.module("""
        import os
        from pathlib import Path
        def work(i):
            if i == 1:
                tries = Path("tries")
                with tries.open("a") as file:
                    file.write(f"{os.getpid()}\\n")
                if len(tries.read_text().split()) < 4:
                    raise OSError("not yet")
            return i
    """).sweep(4)
    stage.contract("[execution]\nretries = 3\nretry_wait_s = 0.2\n", backend="pool")
    status = stage.status()
    assert status.state == "finished"
    failed = failures_of(status)
    assert [event["wait_s"] for event in failed] == [0.2, 0.4, 0.8]
    assert [event["attempt"] for event in failed] == [1, 2, 3]
    assert not any(event["final"] for event in failed)
    workers = [event["worker"] for event in failed]
    assert workers[0] != workers[1]
    started = [
        e for e in read_events(RunDirectory(Path(status.run_dir)).events) if e["type"] == "task.started"
    ]
    again = [event["t"] for event in started if event["indexes"] == "1"][-3:]
    for event, later in zip(failed, again, strict=True):
        assert later >= event["t"] + event["wait_s"] - 0.01


def test_a_partition_that_outgrew_its_worker_gets_twice_the_memory(stage):
    stage.module("""
        import time
        def work(i):
            if i == 3:
                hoard = bytearray(400_000_000)
                time.sleep(1)
                return len(hoard)
            return i
    """).sweep(6)
    stage.contract('[execution]\nretries = 1\nmemory = "300 MB"\n', backend="pool")
    result = stage.run()
    assert list(result.records()) == [0, 1, 2, 400_000_000, 4, 5]
    stage.contract('[execution]\nretries = 0\nmemory = "300 MB"\n', backend="pool")
    stage.module((stage.folder / "stages/work.py").read_text().replace("400_000_000", "400_000_001"))
    status = stage.status()
    assert status.state == "failed"
    assert status.failures[0]["kind"] == "memory"


def test_a_killed_worker_is_nobodys_fault(stage):
    """Whoever kills a worker from outside does not make its partition fail."""
    stage.module("""
        import os, signal, time
        from pathlib import Path
        def work(i):
            time.sleep(0.05)
            if i == 7 and not Path("killed").exists():
                Path("killed").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return i
    """).sweep(20)
    result = stage.run(backend="pool")
    assert list(result.records()) == list(range(20))


def test_nothing_is_merged_where_every_partition_failed(stage):
    stage.module("def work(i):\n    raise ValueError(i)\n").sweep(3)
    stage.contract('[execution]\non_failure = "finish"\n')
    status = stage.status()
    assert (status.state, status.failed, status.artifact) == ("failed", 3, None)
    assert not list((stage.folder / "artifacts").iterdir())


def test_a_partial_artifact_of_somebody_else_is_not_overwritten(stage):
    stage.module("def work(i):\n    return 1 // i\n").sweep(3)
    stage.contract('[execution]\non_failure = "finish"\n')
    (stage.folder / "artifacts").mkdir()
    (stage.folder / "artifacts/work.partial.jsonl").write_text("mine")
    status = stage.status()
    assert status.state == "failed"
    assert "work.partial.jsonl is there already" in status.message
    assert (stage.folder / "artifacts/work.partial.jsonl").read_text() == "mine"
