"""Artifacts, barriers and flags: stages that are planned when their turn comes."""

import json
import time

LOG = """
    def log(name, i):
        with open(f"ran-{name}.log", "a") as file:
            file.write(f"{i}\\n")
"""


def merged(flow, function="len(values)"):
    flow.stage(
        "a",
        LOG + "    def a(i):\n        log('a', i)\n        return i * i\n",
        grid={"i": list(range(5))},
        reducer="collect-json",
        output="artifacts/a.json",
    )
    code = (
        LOG
        + "    import json\n"
        + "    def total(path: str):\n"
        + "        log('total', 1)\n"
        + "        return {'sum': sum(json.load(open(path)))}\n"
    )
    keys = {"split": "files", "partition_strategy": "one-file-per-partition"}
    return flow.stage("total", code, 'input = "a.artifact"', **keys)


def test_a_stage_splits_what_another_one_wrote(flow):
    status = merged(flow).run()
    assert status.state == "finished", [stage.message for stage in status.stages]
    assert flow.values("total") == [{"sum": 30}]
    assert status.stage("total").partitions == 1


def test_an_artifact_with_the_same_bytes_is_no_reason_to_work(flow):
    merged(flow).run()
    (flow.folder / "artifacts/a.json").unlink()
    status = flow.run()
    assert [(stage.finished, stage.reused) for stage in status.stages] == [(0, 5), (0, 1)]
    assert flow.ran("total") == ["1"]


def test_an_artifact_with_other_bytes_is(flow):
    merged(flow).run()
    flow.code("a", "def a(i):\n    return i\n")
    status = flow.run()
    assert flow.values("total") == [{"sum": 10}]
    assert [(stage.finished, stage.reused) for stage in status.stages] == [(5, 0), (1, 0)]


def test_elements_of_a_stage_that_is_planned_late(flow):
    flow.stage(
        "a",
        "def a(i):\n    return i\n",
        grid={"i": [3, 1]},
        reducer="custom",
        output="artifacts/a.json",
        tables='[reduce]\nfunction = "stages/a.py:join"\n',
    )
    flow.code("a", "def a(i):\n    return i\ndef join(results):\n    return {'n': list(results) + [9]}\n")
    flow.stage("b", "def b(n):\n    return n * 10\n", 'input = "a.artifact"')
    flow.stage("c", "def c(b, k):\n    return [b + k]\n", 'input = "b"', grid={"k": [0, 1]})
    status = flow.run()
    assert status.state == "finished", [stage.message for stage in status.stages]
    assert flow.values("b") == [30, 10, 90]
    assert flow.values("c") == [30, 31, 10, 11, 90, 91]
    assert [stage.partitions for stage in status.stages] == [2, 3, 6]


def test_after_waits_for_every_partition_and_the_artifact(flow):
    code = (
        "import time\n"
        "def a(i):\n"
        "    started = time.time()\n"
        "    time.sleep(0.2)\n"
        "    return [[started, time.time()]]\n"
    )
    flow.stage("a", code, grid={"i": list(range(4))})
    seen = "import os, time\ndef b(i):\n    return [[time.time(), os.path.exists('artifacts/a.jsonl')]]\n"
    flow.stage("b", seen, 'after = ["a"]', grid={"i": [1, 2]})
    assert flow.run(workers=2).state == "finished"
    last = max(end for _, end in flow.values("a"))
    assert all(begin >= last and there for begin, there in flow.values("b"))


class TestFlags:
    def promoting(self, flow):
        flow.stage("a", "def a(i):\n    return i\n", grid={"i": [1]})
        flow.stage("p", "def p(a):\n    return -a\n", 'input = "a"\nwhen = "promote"')
        flow.stage("q", "def q(i):\n    return i\n", 'after = ["p"]', grid={"i": [5]})
        return flow.write(tail="[flags]\npromote = false\n")

    def test_without_it_the_stage_is_off(self, flow):
        status = self.promoting(flow).run()
        assert status.state == "finished"
        assert {stage.name: stage.state for stage in status.stages} == {
            "a": "finished",
            "p": "off",
            "q": "finished",
        }
        assert not (flow.folder / ".agilab/runs/p").exists()

    def test_with_it_the_stage_is_on(self, flow):
        status = self.promoting(flow).run(flags=("promote",))
        assert status.stage("p").state == "finished"
        assert flow.values("p") == [-1]


def test_status_is_plain_data(flow):
    watch = merged(flow).submit()
    seen = []
    status = watch.wait(lambda each: seen.append(json.dumps(each.to_json())), timeout_s=100)
    told = status.to_json()
    assert {each["name"]: each["state"] for each in told["stages"]} == {"a": "finished", "total": "finished"}
    assert told["edges"] == [{"from": "a", "to": "total", "kind": "artifact"}]
    assert seen
    assert told["started"] < told["ended"] <= time.time()
