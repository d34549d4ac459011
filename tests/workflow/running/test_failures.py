"""Failures skip only what depends on them, and say whose they are."""

import json
import time
from pathlib import Path

import pytest

from jupyter_agilab import workflows
from jupyter_agilab.run.index_ranges import indexes_in

FAILS = """
    def check(item):
        return item["n"] // item["by"]
    def a(i):
        print("about to divide", i)
        return {"i": i, "q": check({"n": 10, "by": i})}
"""


def chain(flow, **keys):
    flow.stage("a", FAILS, grid={"i": [2, 0, 5, 1]}, **keys)
    flow.stage(
        "b", "def b(a, k):\n    return {'i': a['i'], 'q': a['q'] * k}\n", 'input = "a"', grid={"k": [1, 2]}
    )
    flow.stage("c", "def c(b):\n    return b\n", 'input = "b"')
    flow.stage("other", "def other(i):\n    return i\n", grid={"i": [1, 2, 3]})
    return flow


@pytest.mark.parametrize("backend", ["pool", "threads", "dask"])
def test_what_does_not_depend_on_a_failure_is_done(flow, backend):
    status = chain(flow).run(backend=backend)
    assert status.state == "partial"
    assert {stage.name: stage.state for stage in status.stages} == {
        "a": "partial",
        "b": "partial",
        "c": "partial",
        "other": "finished",
    }
    counts = {stage.name: (stage.finished, stage.failed, stage.skipped) for stage in status.stages}
    assert counts == {"a": (3, 1, 0), "b": (6, 0, 2), "c": (6, 0, 2), "other": (3, 0, 0)}
    expected = [{"i": i, "q": 10 // i * k} for i in (2, 5, 1) for k in (1, 2)]
    partial = Path(status.stage("c").artifact)
    assert [json.loads(line) for line in partial.read_text().splitlines()] == expected
    # never under the name of the whole
    assert partial.name != "c.jsonl"


def test_a_skipped_partition_names_its_ancestor(flow):
    status = chain(flow).run()
    skips = {event["stage"]: event for event in flow.events(status, "partition.skipped")}
    assert set(skips) == {"b", "c"}
    for event in skips.values():
        assert list(indexes_in(event["indexes"])) == [2, 3]
        assert (event["ancestor_stage"], event["ancestor"]) == ("a", 1)
        assert event["error_type"] == "ZeroDivisionError"
        # the ancestor's own traceback, from the author's function on
        assert "def" not in event["traceback"]
        assert 'stages/a.py", line' in event["traceback"]
        assert event["traceback"].rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")
        assert event["ancestor_run"] == status.stage("a").run_dir
        logs = [path.read_text() for path in Path(event["logs"]).glob("*.stdout")]
        assert any("about to divide 0" in text for text in logs)
    # and so says the journal of the stage itself
    own = [
        json.loads(line)
        for line in (Path(status.stage("c").run_dir) / "events.jsonl").read_text().splitlines()
    ]
    assert [event["ancestor"] for event in own if event["type"] == "partition.skipped"] == [1]
    assert status.stage("c").skips[0]["ancestor_stage"] == "a"
    assert "2 skipped" in status.stage("c").message


def test_the_next_run_does_what_is_missing_and_nothing_else(flow):
    chain(flow).run()
    flow.stage("a", FAILS.replace('"by": i', '"by": i or 4'), grid={"i": [2, 0, 5, 1]})
    # the code of `a` is another one: all of it is done again, and what hangs on it
    status = flow.run()
    assert status.state == "finished"
    assert {stage.name: stage.reused for stage in status.stages} == {"a": 0, "b": 0, "c": 0, "other": 3}
    assert len(flow.values("c")) == 8


def test_a_passing_trouble_is_done_once_more_and_the_rest_is_kept(flow):
    code = """
        import os
        def a(i):
            if i == 3 and not os.path.exists("fixed"):
                raise OSError("not there yet")
            return i
    """
    flow.stage("a", code, grid={"i": list(range(6))})
    flow.stage("b", "def b(a):\n    return a + 1\n", 'input = "a"')
    assert flow.run().stage("b").skipped == 1
    (flow.folder / "fixed").touch()
    status = flow.run()
    assert status.state == "finished"
    assert [(stage.finished, stage.reused) for stage in status.stages] == [(1, 5), (1, 5)]
    assert flow.values("b") == list(range(1, 7))


def test_a_retry_comes_before_any_skip(flow):
    code = """
        import os
        def a(i):
            if not os.path.exists(f"tried-{i}"):
                open(f"tried-{i}", "w").close()
                raise ValueError("the first time")
            return i
    """
    flow.stage("a", code, grid={"i": list(range(4))}, tables="[execution]\nretries = 1\nretry_wait_s = 0\n")
    flow.stage("b", "def b(a):\n    return a\n", 'input = "a"')
    status = flow.run()
    assert status.state == "finished"
    assert not flow.events(status, "partition.skipped")


def test_a_worker_that_dies_takes_only_its_own_partition(flow):
    flow.stage(
        "a",
        "import os\ndef a(i):\n    if i == 5:\n        os._exit(3)\n    return i\n",
        grid={"i": list(range(12))},
    )
    flow.stage("b", "def b(a):\n    return a\n", 'input = "a"')
    status = flow.run()
    assert [(stage.finished, stage.failed, stage.skipped) for stage in status.stages] == [
        (11, 1, 0),
        (11, 0, 1),
    ]
    [skip] = flow.events(status, "partition.skipped")
    assert skip["error_type"] == "WorkerLost"


class TestWholeStages:
    def test_nothing_comes_after_a_stage_that_failed(self, flow):
        flow.stage("a", "def a(i):\n    raise KeyError(i)\n", grid={"i": [1, 2]})
        flow.stage("b", "def b(i):\n    return i\n", 'after = ["a"]', grid={"i": [1]})
        flow.stage("c", "def c(b):\n    return b\n", 'input = "b"')
        flow.stage("d", "def d(i):\n    return i\n", grid={"i": [7]})
        status = flow.run()
        assert {stage.name: stage.state for stage in status.stages} == {
            "a": "failed",
            "b": "skipped",
            "c": "skipped",
            "d": "finished",
        }
        assert "a failed" in status.stage("b").message
        assert "a failed" in status.stage("c").message
        assert status.state == "partial"

    def test_all_partitions_skipped(self, flow):
        flow.stage("a", "def a(i):\n    raise KeyError(i)\n", grid={"i": [1, 2]})
        flow.stage("b", "def b(a):\n    return a\n", 'input = "a"')
        status = flow.run()
        assert [stage.state for stage in status.stages] == ["failed", "skipped"]
        assert "KeyError" in status.stage("b").message
        assert status.state == "failed"

    def test_a_reducer_that_raises_fails_its_stage_and_what_splits_its_artifact(self, flow):
        code = "def a(i):\n    return i\ndef join(results):\n    raise RuntimeError('no join')\n"
        tables = '[reduce]\nfunction = "stages/a.py:join"\n'
        flow.stage("a", code, grid={"i": [1]}, tables=tables, reducer="custom", output="artifacts/a.json")
        flow.stage("b", "def b(a):\n    return a\n", 'input = "a"')
        flow.stage("c", "def c(i):\n    return i\n", 'input = "a.artifact"')
        status = flow.run()
        assert {stage.name: stage.state for stage in status.stages} == {
            "a": "failed",
            "b": "finished",
            "c": "skipped",
        }
        assert "no join" in status.stage("a").message

    def test_stop_at_the_first_failure(self, flow):
        flow.stage("a", "def a(i):\n    raise KeyError(i)\n", grid={"i": [1]})
        flow.stage(
            "b", "import time\ndef b(i):\n    time.sleep(0.2)\n    return i\n", grid={"i": list(range(200))}
        )
        flow.stage("c", "def c(b):\n    return b\n", 'after = ["b"]\ninput = "b"')
        flow.write(tail='[execution]\non_failure = "stop"\n')
        status = flow.run()
        assert status.state == "failed"
        assert {stage.name: stage.state for stage in status.stages} == {
            "a": "failed",
            "b": "stopped",
            "c": "stopped",
        }
        assert status.stage("b").finished < 100


class TestStop:
    @pytest.mark.parametrize("backend", ["pool", "threads"])
    def test_what_is_finished_is_kept(self, flow, backend):
        code = "import time\ndef a(i):\n    time.sleep(0.05)\n    return i\n"
        flow.stage("a", code, grid={"i": list(range(120))})
        flow.stage("b", "def b(a):\n    return -a\n", 'input = "a"')
        watch = flow.submit(backend=backend, batch_size=1)
        while watch.refresh().stage("b").finished < 5:
            time.sleep(0.02)
        status = workflows.stop_workflow(flow.path)
        assert status.state == "stopped"
        assert watch.wait(timeout_s=60).state == "stopped"
        assert {stage.state for stage in status.stages} == {"stopped"}
        done = [stage.finished for stage in watch.status.stages]
        again = flow.run(backend=backend)
        assert again.state == "finished"
        assert [stage.reused for stage in again.stages] >= done
        assert flow.values("b") == [-i for i in range(120)]

    def test_stopping_a_stage_stops_the_workflow(self, flow):
        from jupyter_agilab import api

        flow.stage(
            "a", "import time\ndef a(i):\n    time.sleep(0.1)\n    return i\n", grid={"i": list(range(100))}
        )
        watch = flow.submit()
        while watch.refresh().stage("a").state != "running":
            time.sleep(0.02)
        assert api.stop(watch.status.stage("a").run_dir).state == "stopped"
        assert watch.wait(timeout_s=60).state == "stopped"
