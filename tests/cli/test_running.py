"""``trial``, ``run``, ``runs``, ``attach`` and ``stop`` for real."""

import re

import pytest

RAISES = """
    def helper(i):
        return 1 / (i - 3)

    def work(i):
        if i > 2:
            helper(3)
        return {"i": i}
"""


def test_a_trial(stage, agilab, conforms):
    stage.squares()
    answer = agilab("trial", "work", "--partition", 4)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("trial of work, i=4: good\n")
    assert '{"i":4,"square":16}' in answer.out
    assert "reducer on two results  good, 2 records" in answer.out
    answer = agilab("trial", "work", "--json")
    conforms(answer.json, "trial")
    assert (answer.code, answer.json["ok"], answer.json["records"]) == (0, True, 1)
    assert not (stage.folder / "artifacts").exists()


def test_a_trial_that_raises(stage, agilab, conforms):
    stage.sweep(6).module(RAISES).contract()
    answer = agilab("trial", "work", "--partition", 5)
    assert answer.code == 1
    told = answer.out.rstrip().split("\n")
    assert told[-1] == "ZeroDivisionError: division by zero"
    assert any("in helper" in line for line in told)
    assert "jupyter_agilab" not in answer.out
    answer = agilab("trial", "work", "--partition", 5, "--json")
    assert answer.code == 1
    conforms(answer.json, "trial")
    conforms(answer.json["failure"], "failure")
    assert answer.json["failure"]["error_type"] == "ZeroDivisionError"
    assert answer.json["reducer"] == []


@pytest.mark.parametrize(
    ("value", "type_name"),
    [("{1, 2}", "set"), ("__import__('threading').Lock()", "lock"), ("object()", "object")],
)
def test_a_trial_that_returns_what_cannot_be_stored(stage, agilab, value, type_name):
    stage.sweep(2).module(f"def work(i):\n    return {value}\n").contract()
    answer = agilab("trial", "work")
    assert answer.code == 1
    assert type_name in answer.out
    assert "not good" in answer.out


def test_a_trial_of_a_partition_that_is_not_there(stage, agilab):
    stage.squares(6)
    answer = agilab("trial", "work", "--partition", 6)
    assert answer.code == 1
    assert "partitions 0 to 5" in answer.err


def test_a_trial_that_prints_a_megabyte(stage, agilab):
    stage.sweep(1).module("def work(i):\n    print('x' * 1_000_000)\n    return 1\n").contract()
    answer = agilab("trial", "work")
    assert answer.code == 0
    assert len(answer.out) < 10_000


@pytest.mark.parametrize("backend", ["local", "pool"])
def test_a_run(stage, agilab, conforms, backend):
    stage.squares().contract(backend=backend)
    answer = agilab("run", "work")
    assert answer.code == 0
    assert stage.records == [{"i": i, "square": i * i} for i in range(6)]
    assert answer.out.startswith("work: 6 records, ")
    assert f"  artifact  {stage.folder}/artifacts/work.jsonl\n" in answer.out
    assert "  5      25" in answer.out or "4      16" in answer.out
    answer = agilab("run", "work", "--json")
    conforms(answer.json, "run")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["state"] == "finished"
    assert answer.json["artifact"] == str(stage.folder / "artifacts/work.jsonl")
    assert (answer.json["partition_count"], answer.json["finished"], answer.json["reused"]) == (6, 0, 6)


def test_settings_of_one_run(stage, agilab, events):
    stage.squares(12)
    agilab("run", "work", "--backend", "pool", "--workers", 2, "--batch-size", 3)
    (started,) = events("run.started")
    assert (started["runner"], started["slots"]) == ("pool", 2)
    assert {event["partitions"] for event in events("task.started")} == {3}


def test_a_run_that_fails_shows_each_cause_once(stage, agilab, conforms):
    stage.sweep(30).module(RAISES).contract('[execution]\non_failure = "finish"\n')
    answer = agilab("run", "work")
    assert answer.code == 1
    assert answer.out == ""
    assert answer.err.count("ZeroDivisionError: division by zero") == 1
    assert "27 partitions: partition 3 (i=3), partition 4 (i=4), partition 5 (i=5) and 24 more:" in answer.err
    assert "in helper\n    return 1 / (i - 3)\n" in answer.err
    assert "jupyter_agilab/" not in answer.err
    assert "merged without 27 partitions: artifacts/work.partial.jsonl" in answer.err
    assert "all failures: .agilab/runs/work/" in answer.err
    assert "go on with: jupyter agilab run work.parallel_stage.toml" in answer.err
    assert not (stage.folder / "artifacts/work.jsonl").exists()
    answer = agilab("run", "work", "--json")
    assert answer.code == 1
    conforms(answer.json, "run")
    assert (answer.json["state"], answer.json["failed"], answer.json["missing"]) == ("partial", 27, 27)
    assert answer.json["artifact"] == str(stage.folder / "artifacts/work.partial.jsonl")
    assert (answer.json["finished"], answer.json["reused"]) == (0, 3)
    assert len(answer.json["failures"]) == 3
    assert [cause["partition_count"] for cause in answer.json["causes"]] == [27]


def test_three_causes_are_shown_and_the_others_counted(stage, agilab):
    stage.sweep(15).module("""
        def work(i):
            raise [ValueError, KeyError, OSError, TypeError, IndexError][i % 5](f"no {i}")
    """)
    stage.contract('[execution]\non_failure = "finish"\n')
    answer = agilab("run", "work")
    assert answer.code == 1
    assert answer.err.count("Traceback (most recent call last)") == 3
    assert answer.err.count("\n3 partitions: ") == 3
    assert "... and 2 more causes with 6 failed partitions" in answer.err


def test_a_corrected_function_goes_on(stage, agilab):
    stage.sweep(6).module(RAISES).contract()
    assert agilab("run", "work").code == 1
    stage.module("def work(i):\n    return {'i': i}\n")
    assert agilab("run", "work").code == 0
    assert [record["i"] for record in stage.records] == list(range(6))


def test_a_run_that_returns_a_set(stage, agilab):
    stage.sweep(2).module("def work(i):\n    return {i}\n").contract()
    answer = agilab("run", "work")
    assert answer.code == 1
    assert "set" in answer.err
    assert "Traceback" not in answer.err


def test_output_is_kept_and_its_place_is_told(stage, agilab):
    text = (
        "def work(i):\n    print('hello from', i)\n    if i == 1:\n        raise ValueError\n    return i\n"
    )
    stage.sweep(2).module(text).contract()
    answer = agilab("run", "work")
    told = re.search(r"what partitions printed: jupyter agilab (logs \S+)$", answer.err, re.MULTILINE)
    assert "hello from 0" in agilab(*told[1].split()).out


def test_what_keeps_a_run_from_starting(stage, agilab, conforms):
    stage.sweep(2).contract()
    for wrong in (
        {"function": "stages/none.py:work"},
        {"output": "nowhere/work.jsonl"},
        {"input": "none.json"},
        {"workers": 0},
    ):
        stage.squares(2).contract(**{**stage.keys, **wrong})
        answer = agilab("run", "work")
        assert (answer.code, answer.out) == (1, ""), wrong
        assert answer.err.startswith("error: "), wrong
        assert "Traceback" not in answer.err
        assert str(next(iter(wrong.values()))).split(":")[0].split("/")[0] in answer.err
        answer = agilab("run", "work", "--json")
        assert answer.code == 1
        conforms(answer.json["error"], "error details")
        stage.contract(
            function="stages/work.py:work", output="artifacts/work.jsonl", input="grid.json", workers=2
        )
    assert agilab("runs", "--json").json["runs"] == []


def test_a_run_without_input_names_the_pattern(stage, agilab):
    stage.squares().contract(split="files", input="data/*.csv", partition_strategy="one-file-per-partition")
    answer = agilab("run", "work")
    assert (answer.code, answer.out) == (1, "")
    assert "data/*.csv" in answer.err
    assert agilab("run", "work", "--json").json["error"]["code"] == "plan"
    assert not (stage.folder / ".agilab").exists()


def test_an_output_folder_that_cannot_be_written(stage, agilab):
    # root may write to a read-only folder, but nobody can make a folder in a file
    stage.squares()
    (stage.folder / "artifacts").write_text("a file")
    answer = agilab("run", "work")
    assert answer.code == 1
    assert "artifacts" in answer.err
    assert (stage.folder / "artifacts").read_text() == "a file"


def test_a_file_of_the_user_s_is_not_written_over(stage, agilab):
    stage.squares()
    (stage.folder / "artifacts").mkdir()
    (stage.folder / "artifacts/work.jsonl").write_text("mine")
    answer = agilab("run", "work")
    assert answer.code == 1
    assert "--overwrite" in answer.err
    assert (stage.folder / "artifacts/work.jsonl").read_text() == "mine"
    assert agilab("run", "work", "--overwrite").code == 0
    assert len(stage.records) == 6


def test_runs(stage, agilab, conforms):
    assert agilab("runs").out == "there are no runs yet\n"
    stage.squares()
    agilab("run", "work")
    stage.module("def work(i):\n    raise ValueError(i)\n")
    agilab("run", "work")
    answer = agilab("runs")
    lines = answer.out.rstrip().split("\n")
    assert len(lines) == 4
    assert lines[0].startswith("stage  run")
    assert lines[3].startswith("2 runs, ")
    answer = agilab("runs", ".", "--json")
    conforms(answer.json, "runs")
    assert answer.json["folder"] == str(stage.folder)
    assert sorted(each["state"] for each in answer.json["runs"]) == ["failed", "finished"]


def test_attaching_to_a_run_that_has_ended(stage, agilab, conforms):
    stage.squares()
    run_id = agilab("run", "work", "--json").json["run_id"]
    for name in ("work", run_id, run_id[:-2], stage.folder / ".agilab/runs/work" / run_id):
        answer = agilab("attach", name)
        assert answer.code == 0
        assert answer.out.startswith("work: 6 records")
    answer = agilab("attach", "work", "--json")
    conforms(answer.json, "run")
    assert answer.json["run_id"] == run_id


def test_stopping_a_run_that_has_ended(stage, agilab, conforms):
    stage.squares()
    run_id = agilab("run", "work", "--json").json["run_id"]
    answer = agilab("stop", "work")
    assert answer.code == 0
    assert f"run {run_id} had ended before" in answer.err
    conforms(agilab("stop", "work", "--json").json, "run")
    assert agilab("stop", "work", "--json").json["state"] == "finished"


def test_detach_attach_and_stop(stage, agilab, start, conforms, wait_for, events):
    stage.slow()
    answer = start("run", "work", "--detach").answer()
    assert answer.code == 0
    run_id = answer.out.strip()
    assert (stage.folder / ".agilab/runs/work" / run_id).is_dir()
    assert f"jupyter agilab attach {run_id}" in answer.err
    assert f"jupyter agilab stop {run_id}" in answer.err
    wait_for(lambda: events("task.finished"), "a finished task")

    busy = agilab("run", "work")
    assert (busy.code, busy.out) == (1, "")
    assert "a run of 'work' is under way" in busy.err
    assert agilab("run", "work", "--json").json["error"]["code"] == "run-busy"

    follower = start("attach", run_id, "--json")
    answer = agilab("stop", run_id, "--json")
    conforms(answer.json, "run")
    assert (answer.code, answer.json["state"]) == (0, "stopped")
    assert answer.json["finished"] >= 1
    followed = follower.answer()
    assert followed.code == 1
    assert followed.json["state"] == "stopped"
    assert followed.json["finished"] == answer.json["finished"]
    assert "finished partitions are kept" in followed.err


def test_a_run_goes_on_where_a_stopped_one_ended(stage, agilab, start, wait_for, events):
    stage.slow(40, 0.02)
    start("run", "work", "--detach").answer()
    wait_for(lambda: events("task.finished"), "a finished task")
    stopped = agilab("stop", "work", "--json").json
    again = agilab("run", "work", "--json").json
    assert again["state"] == "finished"
    assert again["reused"] == stopped["finished"]
    assert again["finished"] == 40 - stopped["finished"]
    assert [record["i"] for record in stage.records] == list(range(40))


def test_detach_as_json(stage, start, conforms):
    stage.squares()
    answer = start("run", "work", "--detach", "--json").answer()
    conforms(answer.json, "run")
    assert answer.json["state"] in {"submitted", "running", "reducing", "finished"}
    followed = start("attach", answer.json["run_id"], "--json").answer()
    assert followed.json["state"] == "finished"


def test_a_run_in_another_folder_is_named_by_its_path(stage, start, monkeypatch, tmp_path):
    stage.squares()
    monkeypatch.chdir(tmp_path.parent)
    answer = start("run", f"{tmp_path.name}/work.parallel_stage.toml", "--detach").answer()
    run_dir = f"{tmp_path.name}/.agilab/runs/work/{answer.out.strip()}"
    assert f"jupyter agilab attach {run_dir}" in answer.err
    assert start("attach", run_dir, "--json").answer().json["state"] == "finished"


@pytest.mark.slow
def test_a_run_on_dask(stage, start, conforms):
    stage.squares()
    answer = start("run", "work", "--backend", "dask", "--json").answer(120)
    assert answer.code == 0, answer.err
    conforms(answer.json, "run")
    assert stage.records == [{"i": i, "square": i * i} for i in range(6)]


def test_the_whole_way_from_new_to_the_artifact(stage, agilab):
    stage.files("a,b\n1,2\n3,4\n", "a,b\n5,6\n").module(
        """
        import csv

        def work(path: str):
            with open(path, newline="") as file:
                return [{"file": path, "sum": sum(map(int, row.values()))} for row in csv.DictReader(file)]
        """
    )
    stage.path.unlink()
    flags = [
        "--name",
        "work",
        "--function",
        "stages/work.py:work",
        "--split",
        "files",
        "--input",
        "data/*.csv",
    ]
    flags += ["--reducer", "concat-csv", "--backend", "pool", "--output", "work.parallel_stage.toml"]
    assert agilab("new", *flags).code == 0
    assert agilab("check", "work").code == 0
    assert agilab("plan", "work", "--json").json["partition_count"] == 2
    assert agilab("trial", "work").code == 0
    artifact = agilab("run", "work", "--json").json["artifact"]
    assert artifact == str(stage.folder / "artifacts/work.csv")
    text = (stage.folder / "artifacts/work.csv").read_text()
    assert text == "file,sum\ndata/0.csv,3\ndata/0.csv,7\ndata/1.csv,11\n"
