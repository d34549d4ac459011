"""Element-wise chains: what comes out, from where it is read, and what is done again."""

import json
from pathlib import Path

import pytest

from jupyter_agilab import workflows
from jupyter_agilab.errors import ClusterError, PlanError, RunBusyError
from jupyter_agilab.run.segments import read_indexes

LOG = """
    def log(name, i):
        with open(f"ran-{name}.log", "a") as file:
            file.write(f"{i}\\n")
"""
BACKENDS = ("local", "pool", "threads", "dask")


def three(flow, count=30, own=None):
    flow.stage(
        "a",
        LOG + "    def a(i):\n        log('a', i)\n        return {'i': i, 'square': i * i}\n",
        grid={"i": list(range(count))},
    )
    flow.stage(
        "b",
        LOG + "    def b(a):\n        log('b', a['i'])\n        return [a['i'], a['square'] + 1]\n",
        'input = "a"',
        reducer="collect-json",
        output="artifacts/b.json",
    )
    flow.stage(
        "c",
        LOG
        + "    def c(b, k=1):\n"
        + "        log('c', f'{b[0]}/{k}')\n"
        + "        return {'i': b[0], 'k': k, 'value': b[1] * k}\n",
        'input = "b"',
        grid=own,
    )
    return flow


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_partition_gets_its_own_predecessors_value(flow, backend):
    status = three(flow, own={"k": [1, 10]}).run(backend=backend)
    assert status.state == "finished", status
    assert [stage.state for stage in status.stages] == ["finished"] * 3
    assert flow.values("c") == [
        {"i": i, "k": k, "value": (i * i + 1) * k} for i in range(30) for k in (1, 10)
    ]
    assert json.loads((flow.folder / "artifacts/b.json").read_text()) == [[i, i * i + 1] for i in range(30)]
    assert sorted(map(int, flow.ran("a"))) == list(range(30))
    assert len(flow.ran("c")) == 60


def test_a_second_run_does_nothing_again(flow):
    first = three(flow).run()
    again = flow.run()
    assert again.state == "finished"
    assert [(stage.finished, stage.reused) for stage in again.stages] == [(0, 30)] * 3
    assert len(flow.ran("a")) == len(flow.ran("b")) == len(flow.ran("c")) == 30
    assert first.run_id != again.run_id
    # nothing was to be done, so no worker was started
    assert not flow.events(again, "worker.joined")


def test_every_stage_has_a_run_of_its_own(flow):
    status = three(flow).run()
    for stage in status.stages:
        run = Path(stage.run_dir)
        manifest = json.loads((run / "manifest.json").read_text())
        assert run.parent == flow.folder / ".agilab/runs" / stage.name
        assert manifest["workflow"] == {"name": "flow", "run": status.run_dir, "stage": stage.name}
        assert (manifest["state"], manifest["finished"]) == ("finished", 30)
        assert sum(len(index.indexes) for index in read_indexes(run / "segments")) == 30
    assert not list(flow.folder.rglob("workers"))


@pytest.mark.parametrize(
    ("combine", "expected"),
    [("zip", [(i, i) for i in range(4)]), ("product", [(i, j) for i in range(4) for j in range(4)])],
)
def test_two_inputs_are_joined_as_the_workflow_says(flow, combine, expected):
    flow.stage("a", "def a(i):\n    return i\n", grid={"i": list(range(4))})
    flow.stage("b", "def b(i):\n    return -i\n", grid={"i": list(range(4))})
    flow.stage("c", "def c(a, b):\n    return [[a, -b]]\n", f'input = ["a", "b"]\ncombine = "{combine}"')
    assert flow.run().state == "finished"
    assert [tuple(pair) for pair in flow.values("c")] == expected


def test_a_value_may_be_passed_by_another_name(flow):
    flow.stage("a", "def a(i):\n    return {'i': i}\n", grid={"i": [1, 2]})
    flow.stage("b", "def b(item: dict):\n    return item['i'] + 1\n", 'input = "a"')
    flow.stage("c", "def c(x, *, scale=10):\n    return x * scale\n", 'input = { x = "b" }')
    assert flow.run().state == "finished"
    assert flow.values("c") == [20, 30]


class TestValues:
    """What a function returned is what the next one gets, as far as its reducer's form keeps it."""

    def passed(self, flow, code, annotation="", returned="repr(a)", **keys):
        flow.stage("a", code, grid={"i": [0, 1]}, **keys)
        flow.stage("b", f"def b(a{annotation}):\n    return {{'got': {returned}}}\n", 'input = "a"')
        status = flow.run()
        assert status.state == "finished", [stage.failures for stage in status.stages]
        return [value["got"] for value in flow.values("b")]

    @pytest.mark.parametrize("reducer", ["concat-jsonl", "collect-json"])
    @pytest.mark.parametrize("value", [{"x": 1}, [1], [{"x": 1}], [1, 2], "text", 1.5, [[]], {"a": [None]}])
    def test_json(self, flow, reducer, value):
        got = self.passed(
            flow, f"def a(i):\n    return {value!r}\n", reducer=reducer, output="artifacts/a.json"
        )
        assert got == [repr(value)] * 2

    def test_csv_keeps_numbers_and_the_difference_between_a_row_and_rows(self, flow):
        code = (
            "def a(i):\n"
            "    row = {'n': i, 'x': 0.5, 'text': 'one, two', 'none': None}\n"
            "    return row if i else [row]\n"
        )
        got = self.passed(flow, code, reducer="concat-csv", output="artifacts/a.csv")
        row = {"n": 0, "x": 0.5, "text": "one, two", "none": None}
        assert got == [repr([row]), repr({**row, "n": 1})]

    @pytest.mark.parametrize(
        ("annotation", "kind"),
        [
            ("", "pandas"),
            (": pandas.DataFrame", "pandas"),
            (": polars.DataFrame", "polars"),
            (": pyarrow.Table", "pyarrow"),
        ],
    )
    def test_tables_come_as_asked(self, flow, annotation, kind):
        code = (
            "import pandas\n"
            "def a(i):\n    return pandas.DataFrame({'n': [i, i + 1]})\n"
            "def join(results):\n    return [len(each) for each in results]\n"
        )
        tables = '[reduce]\nfunction = "stages/a.py:join"\n'
        flow.stage("a", code, grid={"i": [0, 1]}, tables=tables, reducer="custom", output="artifacts/a.json")
        code = (
            "import pandas, polars, pyarrow\n"
            f"def b(a{annotation}):\n"
            "    column = a['n'].to_pylist() if hasattr(a['n'], 'to_pylist') else a['n']\n"
            "    return {'got': type(a).__module__.partition('.')[0], 'n': list(map(int, column))}\n"
        )
        flow.stage("b", code, 'input = "a"')
        status = flow.run()
        assert status.state == "finished", [stage.failures for stage in status.stages]
        assert flow.values("b") == [{"got": kind, "n": [i, i + 1]} for i in range(2)]


class TestRefused:
    def test_a_second_run_at_the_same_time(self, flow):
        flow.stage(
            "a", "import time\ndef a(i):\n    time.sleep(0.3)\n    return i\n", grid={"i": list(range(40))}
        )
        watch = flow.submit()
        with pytest.raises(RunBusyError, match="flow"):
            flow.submit()
        runs = list((flow.folder / ".agilab/runs/a").glob("2*"))
        assert len(runs) == 1
        workflows.stop_workflow(flow.path)
        assert watch.wait(timeout_s=60).state == "stopped"

    def test_a_stage_that_runs_alone_keeps_the_workflow_from_starting(self, flow):
        from jupyter_agilab import api

        flow.stage(
            "a", "import time\ndef a(i):\n    time.sleep(0.3)\n    return i\n", grid={"i": list(range(40))}
        )
        flow.stage("b", "def b(a):\n    return a\n", 'input = "a"')
        watch = api.submit(flow.folder / "a.parallel_stage.toml")
        with pytest.raises(RunBusyError, match="'a'"):
            flow.submit()
        assert not list((flow.folder / ".agilab").rglob("workflow.json"))
        assert not list((flow.folder / ".agilab/runs/b").glob("2*"))
        api.stop(watch.status.run_dir)
        watch.wait(timeout_s=60)

    def test_workers_that_share_no_folder(self, flow):
        three(flow)
        (flow.folder / "clusters.toml").write_text(
            '[far]\nkind = "address"\naddress = "tcp://10.0.0.1:8786"\nresults = "scheduler"\n'
        )
        with pytest.raises(ClusterError, match="do not share a folder"):
            flow.submit(cluster="far")
        assert not list((flow.folder / ".agilab").rglob("manifest.json"))

    def test_a_claim_that_nobody_can_meet(self, flow):
        flow.stage("a", "def a(i):\n    return i\n", "[stages.a.resources]\ncpus = 5000", grid={"i": [1]})
        with pytest.raises(PlanError, match="5000"):
            flow.submit()
        assert not list((flow.folder / ".agilab").rglob("manifest.json"))
