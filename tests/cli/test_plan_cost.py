"""The command line of cost, preview, distribution and diff."""

import json

import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def test_a_plan_says_what_it_does_not_know_and_after_a_trial_what_it_takes(stage, agilab, conforms) -> None:
    stage.squares(6)
    assert "Run a trial first" in agilab("plan", "work").out
    answer = agilab("trial", "work", "--sizes", "--json")
    conforms(answer.json, "trial")
    assert len(answer.json["sizes"]) == 3
    text = agilab("plan", "work").out
    assert "Not worth running in parallel" in text
    assert "a plain loop" in text
    answer = agilab("plan", "work", "--json")
    conforms(answer.json, "plan")
    assert answer.json["estimate"]["verdict"]["code"] == "not-worth-it"


def test_preview(stage, agilab, conforms) -> None:
    stage.squares(6)
    assert "receives" in agilab("plan", "work", "--preview", "2").out
    conforms(agilab("plan", "work", "--preview", "2", "--json").json, "preview")
    answer = agilab("plan", "work", "--preview", "6")
    assert answer.code == 1
    assert "partitions 0 to 5; 6 was asked for" in answer.err


def test_a_distribution_goes_out_and_comes_back(stage, agilab) -> None:
    stage.squares(6)
    assert agilab("plan", "work", "--workers", "2", "--export-distribution", "d.json").code == 0
    tree = json.loads((stage.folder / "d.json").read_text())
    for key in ("work_plan", "work_plan_metadata"):
        tree[key][0].append(tree[key][1].pop())
    (stage.folder / "d.json").write_text(json.dumps(tree))
    answer = agilab("plan", "work", "--distribution", "d.json", "--json", "--partitions")
    workers = [each["worker"] for each in answer.json["partitions"]]
    assert (workers.count(0), workers.count(1)) == (4, 2)
    (stage.folder / "d.json").write_text("{}")
    answer = agilab("plan", "work", "--distribution", "d.json")
    assert answer.code == 1
    assert "expected schema 'agilab.distribution_tree.v2'" in answer.err
    answer = agilab("plan", "work", "--export-distribution", "no/where/d.json")
    assert "cannot be written" in answer.err


def test_diff_of_contracts_and_of_a_run(stage, agilab, conforms) -> None:
    stage.squares(6).contract(workers=8)
    text = stage.path.read_text()
    other = stage.folder / "other.parallel_stage.toml"
    other.write_text(text.replace("workers = 8", "workers = 32"))
    answer = agilab("diff", "work", "other.parallel_stage.toml")
    assert answer.code == 0
    assert "workers 8 to 32" in answer.out
    conforms(agilab("diff", "work", "other.parallel_stage.toml", "--json").json, "difference")
    assert "nothing differs" in agilab("diff", "work", "work").out
    assert agilab("run", "work").code == 0
    run = agilab("runs", "--json").json["runs"][0]["run_id"]
    assert "nothing differs" in agilab("diff", run, "work").out
    stage.squares(8)
    module = stage.folder / "stages/work.py"
    module.write_text(module.read_text() + "\nUNUSED = 1\n")
    assert "8 partitions instead of 6" in agilab("diff", run, "work").out
    answer = agilab("diff", "work", "nothing-of-that-name")
    assert answer.code == 2
    assert "neither a contract nor a run" in answer.err
