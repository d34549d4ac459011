"""``workflow``: looking at one runs nothing; a run is followed, told, and found again."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

TABLES = """
[flags]
more = false
[stages.work]
contract = "work.parallel_stage.toml"
[stages.double]
contract = "double.parallel_stage.toml"
input = "work"
[stages.total]
contract = "total.parallel_stage.toml"
input = "double.artifact"
when = "more"
"""


@pytest.fixture
def flow(stage):
    """Give a workflow of three stages in the current folder; the third is switched on by a flag."""
    module = """
        def work(i):
            return {"i": i}

        def double(work):
            return {"i": work["i"] * 2}

        def total(rows):
            return {"total": sum(int(row["i"]) for row in rows)}
        """
    stage.squares(4).module(module)
    for name, keys in {
        "double": {"input": "flow.workflow.toml", "reducer": "concat-csv"},
        "total": {
            "input": "flow.workflow.toml",
            "split": "files",
            "partition_strategy": "one-file-per-partition",
            "reducer": "collect-json",
        },
    }.items():
        ending = "csv" if name == "double" else "json"
        values = {
            **stage.keys,
            "name": name,
            "function": f"stages/work.py:{name}",
            "output": f"artifacts/{name}.{ending}",
            **keys,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        (stage.folder / f"{name}.parallel_stage.toml").write_text("\n".join(lines))
    path = stage.folder / "flow.workflow.toml"
    path.write_text(f'schema = "agilab.workflow.v1"\nname = "flow"\n{TABLES}')
    return path


def test_check(agilab, flow, conforms):
    # AGILAB warns of one file for several workers
    answer = agilab("workflow", "check", "flow")
    assert answer.code == 0
    assert answer.out.startswith(
        "workflow: flow.workflow.toml\nstatus: ok (1 warning)\ntotal.parallel_stage.toml:7:1: "
    )
    flow.write_text(flow.read_text().replace('input = "work"', 'input = "wrok"'))
    answer = agilab("workflow", "check", "flow")
    assert answer.code == 1
    assert "flow.workflow.toml:10:1: error: stages.double.input names the stage 'wrok'" in answer.out
    assert "hint: did you mean 'work'?" in answer.out
    answer = agilab("workflow", "check", "flow", "--json")
    conforms(answer.json, "workflow check")
    assert (answer.code, answer.json["ok"], answer.err) == (1, False, "")


def test_plan(agilab, flow, conforms):
    answer = agilab("workflow", "plan", "flow", "--workers", "2")
    assert answer.code == 0
    assert answer.out.startswith("workflow flow: 2 stages, 8 partitions, for 2 workers\n")
    assert re.search(r"^  total +off  only with --flag more$", answer.out, re.MULTILINE)
    answer = agilab("workflow", "plan", "flow", "--flag", "more", "--json")
    conforms(answer.json, "workflow plan")
    assert [stage["partitions"] for stage in answer.json["stages"]] == [4, 4, None]
    assert agilab("workflow", "plan", "flow").out.count("\n") < 12
    assert not (flow.parent / ".agilab").exists()


def test_a_plan_that_cannot_run_is_shown_with_what_is_wrong(agilab, flow):
    flow.write_text(flow.read_text() + "[stages.double.resources]\ngpus = 99\n")
    answer = agilab("workflow", "plan", "flow")
    assert answer.code == 1
    assert "claims 99 of gpus, and this machine has" in answer.out
    answer = agilab("workflow", "run", "flow", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (1, "plan")
    assert not (flow.parent / ".agilab/workflows").exists() or not list(
        (flow.parent / ".agilab/workflows").rglob("manifest.json")
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["plan", "flow", "--flag", "mroe"], "has no flag 'mroe'\n    hint: did you mean 'more'?"),
        (
            ["run", "flow", "--nope"],
            "see: jupyter agilab workflow run --help\nerror: unrecognized arguments: --nope",
        ),
        (["plan"], "PATH"),
        ([], "ACTION"),
        (["status", "flow"], "there are no runs yet"),
        (["stop", "flow", "2026"], "there is no run 2026"),
    ],
)
def test_misuse(agilab, flow, arguments, told):
    answer = agilab("workflow", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err


def test_a_workflow_that_is_not_there(agilab, flow):
    answer = agilab("workflow", "plan", "flwo")
    assert (answer.code, answer.out) == (1, "")
    assert "hint: the folder has: flow.workflow.toml" in answer.err
    answer = agilab("workflow", "plan", "flwo.workflow.toml")
    assert "hint: did you mean 'flow.workflow.toml'?" in answer.err
    answer = agilab("workflow", "plan", "x" * 5000)
    assert (answer.code, answer.out) == (1, "")
    assert "file name too long" in answer.err


ACTIONS = ("check", "plan", "explain", "graph", "run", "runs", "status", "attach", "report", "stop")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_contract_is_no_workflow_and_told_in_one_sentence(agilab, flow, action):
    answer = agilab("workflow", action, "work.parallel_stage.toml")
    assert answer.code == 1
    told = " ".join((answer.out + answer.err).split())
    assert "work.parallel_stage.toml is the contract of one stage" in told
    assert "hint: for contracts it is: jupyter agilab check|plan|run work.parallel_stage.toml" in told
    assert told.count("error: ") == (1 if action == "check" else 2)
    assert "warning" not in told
    assert not (flow.parent / ".agilab").exists()


def test_everything_is_told_at_once(agilab, flow):
    (flow.parent / "double.parallel_stage.toml").unlink()
    flow.write_text(flow.read_text() + "[stages.total.resources]\ncpus = -2\nwalltime = 'soon'\n")
    for action in ("check", "plan", "run", "explain"):
        answer = agilab("workflow", action, "flow")
        assert answer.code == 1
        lines = re.findall(r"^flow\.workflow\.toml:(\d+):1: error: ", answer.out + answer.err, re.MULTILINE)
        assert lines == ["9", "16", "17"]
    assert not (flow.parent / ".agilab").exists()


def test_graph(agilab, flow, conforms, tmp_path):
    assert re.search(r"double +not run yet +elements of work", agilab("workflow", "graph", "flow").out)
    assert agilab("workflow", "graph", "flow", "--format", "mermaid").out.startswith("flowchart LR\n")
    conforms(agilab("workflow", "graph", "flow", "--json").json, "workflow run")
    for name, start in {
        "a.svg": "<svg",
        "a.mmd": "flowchart",
        "a.dot": "digraph",
        "a.txt": "workflow",
    }.items():
        answer = agilab("workflow", "graph", "flow", "--output", tmp_path / name)
        assert (answer.code, answer.out) == (0, "")
        assert (tmp_path / name).read_text().startswith(start)
    answer = agilab("workflow", "graph", "flow", "--output", tmp_path / "no" / "a.svg")
    assert (answer.code, "cannot be written" in answer.err) == (1, True)
    answer = agilab("workflow", "graph", "flow", "--output", ".")
    assert (answer.code, "error: . cannot be written" in answer.err) == (1, True)


def test_the_graph_of_a_workflow_with_errors_is_drawn_and_told(agilab, flow, tmp_path):
    flow.write_text(flow.read_text().replace('input = "work"', 'input = ["work", "total"]'))
    answer = agilab("workflow", "graph", "flow", "--output", tmp_path / "a.svg")
    assert answer.code == 1
    assert "the graph has a cycle: double->total->double" in answer.err
    assert ElementTree.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")
    flow.write_text("x = = 3")
    assert agilab("workflow", "graph", "flow").code == 1


def test_schema(agilab):
    answer = agilab("workflow", "schema")
    assert json.loads(answer.out) == agilab("workflow", "schema", "--json").json
    assert answer.json["$id"] == "urn:jupyter-agilab:agilab.workflow.v1"


def test_a_run_from_start_to_end(agilab, flow, conforms):
    """Run it, look at it, edit the middle, and run that and what hangs on it again."""
    answer = agilab(
        "workflow", "run", "flow", "--flag", "more", "--workers", "2", "--backend", "pool", "--json"
    )
    assert answer.code == 0, answer.err
    conforms(answer.json, "workflow run")
    for stage in answer.json["stages"]:
        conforms(stage, "run stage")
    assert [stage["state"] for stage in answer.json["stages"]] == ["finished"] * 3
    total = flow.parent / "artifacts/total.json"
    assert json.loads(total.read_text()) == [{"total": 12}]
    assert set(answer.json) == set(agilab("workflow", "graph", "flow", "--json").json)

    runs = agilab("workflow", "runs", "flow", "--json").json
    conforms(runs, "workflow runs")
    assert [run["run_id"] for run in runs["runs"]] == [answer.json["run_id"]]
    assert (
        agilab("workflow", "status", "flow", answer.json["run_id"][:15], "--json").json["state"] == "finished"
    )

    report = agilab("workflow", "report", "flow", "--json").json
    conforms(report, "workflow report")
    assert report["run_id"] == answer.json["run_id"]

    explained = agilab("workflow", "explain", "flow", "--flag", "more", "--json").json
    conforms(explained, "workflow explain")
    assert [stage["explanation"]["to_run"] for stage in explained["stages"]] == [0, 0, 0]
    module = flow.parent / "stages/work.py"
    module.write_text(module.read_text().replace("* 2", "* 3"))
    explained = agilab("workflow", "explain", "flow", "--flag", "more")
    assert "work: nothing will run" in explained.out
    assert "function `double` changed" in explained.out
    assert "known when double has written double.csv anew" in " ".join(explained.out.split())

    again = agilab("workflow", "run", "flow", "--flag", "more", "--workers", "2", "--backend", "pool")
    assert again.code == 0
    assert json.loads(total.read_text()) == [{"total": 18}]
    done = agilab("workflow", "status", "flow", "--json").json
    assert [(stage["finished"], stage["reused"]) for stage in done["stages"]] == [(0, 4), (4, 0), (1, 0)]
    # an edit of the first reaches what it feeds, and is told there
    module.write_text(module.read_text().replace('return {"i": i}', 'return {"i": i + 1}'))
    explained = agilab("workflow", "explain", "flow")
    assert "function `work` changed" in explained.out
    assert "input changed: what it gets of work will be made anew" in explained.out
    assert "total\n  switched off" in explained.out
    # where stderr is no terminal, each stage that ends has its line
    for name in ("work", "double", "total"):
        assert re.search(rf"^{name}: finished", again.err, re.MULTILINE), again.err


def test_what_splits_an_artifact_is_known_only_where_that_is_written_the_same(agilab, flow, stage):
    """Its own results, their order and the reducer count, not only whether it has all its results."""
    contract = flow.parent / "double.parallel_stage.toml"
    text = contract.read_text().replace('"concat-csv"', '"custom"').replace("double.csv", "double.json")
    contract.write_text(f'{text}\n[reduce]\nfunction = "stages/work.py:join"\n')
    module = flow.parent / "stages/work.py"
    module.write_text(module.read_text() + "\ndef join(results):\n    return list(results)\n")
    run = ("workflow", "run", "flow", "--flag", "more", "--workers", "2", "--backend", "pool", "--quiet")
    assert agilab(*run).code == 0

    def total():
        answer = agilab("workflow", "explain", "flow", "--flag", "more", "--json")
        assert [stage["explanation"]["to_run"] for stage in answer.json["stages"][:2]] == [0, 0]
        return answer.json["stages"][2]

    assert total()["explanation"]["to_run"] == 0
    module.write_text(module.read_text().replace("list(results)", "list(results)[:1]"))
    told = total()
    assert (told["explanation"], "written double.json anew" in told["later"]) == (None, True)
    answer = agilab(*run)
    assert answer.code == 0
    assert agilab("workflow", "status", "flow", "--json").json["stages"][2]["finished"] == 1
    assert total()["explanation"]["to_run"] == 0
    grid = flow.parent / stage.keys["input"]
    numbers = json.loads(grid.read_text())
    grid.write_text(json.dumps({"i": numbers["i"][::-1]}))
    assert total()["explanation"] is None
    grid.write_text(json.dumps(numbers))
    assert total()["explanation"]["to_run"] == 0
    artifact = flow.parent / "artifacts/double.json"
    artifact.write_text(artifact.read_text() + "\n")
    assert total()["explanation"] is None


def test_a_failure_is_told_and_the_exit_code_says_so(agilab, flow):
    module = flow.parent / "stages/work.py"
    module.write_text(module.read_text().replace('return {"i": work["i"] * 2}', "return work['nope']"))
    answer = agilab("workflow", "run", "flow", "--workers", "2", "--backend", "pool", "--quiet")
    assert answer.code == 1
    assert re.search(r"double +failed", answer.out)
    assert agilab("workflow", "status", "flow").code == 1


def test_a_detached_run_is_followed_by_its_id(agilab, flow):
    answer = agilab("workflow", "run", "flow", "--workers", "2", "--backend", "pool", "--detach")
    run_id = answer.out.strip()
    assert f"jupyter agilab workflow attach flow {run_id}" in answer.err
    answer = agilab("workflow", "attach", "flow", run_id, "--json")
    assert (answer.code, answer.json["run_id"], answer.json["state"]) == (0, run_id, "finished")


def test_ctrl_c_stops_the_run(start, agilab, flow, wait_for):
    module = flow.parent / "stages/work.py"
    module.write_text(
        module.read_text().replace("def work(i):", "def work(i):\n    import time; time.sleep(60)")
    )
    process = start("workflow", "run", "flow", "--workers", "2", "--backend", "pool", "--json")
    wait_for(
        lambda: any(
            '"task.started"' in path.read_text()
            for path in flow.parent.rglob(".agilab/runs/work/*/events.jsonl")
        ),
        "a task",
    )
    process.interrupt()
    answer = process.answer()
    assert (answer.code, answer.json["state"]) == (1, "stopped")
    assert agilab("workflow", "stop", "flow", "--json").json["state"] == "stopped"
