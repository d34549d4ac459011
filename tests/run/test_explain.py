"""One reason for each partition before anything runs, judged by what a run then does."""

from __future__ import annotations

import json
import os
import time

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import PlanError
from jupyter_agilab.run.changes import stage_changes
from jupyter_agilab.run.layout import run_directories
from jupyter_agilab.run.resume_key import resume_record
from jupyter_agilab.run.segments import read_indexes

MODULE = """
    import helpers

    def work(path, limit=0):
        with open(path) as file:
            rows = len(file.readlines())
        if rows > 100:
            raise ValueError(f"{rows} rows are too many\\nby far")
        return {"rows": rows, "n": helpers.clean(limit)}
"""


@pytest.fixture
def files(stage):
    data = stage.folder / "data"
    data.mkdir()
    for name in "abcd":
        (data / f"{name}.csv").write_text("x\n1\n2\n")
        os.utime(data / f"{name}.csv", (1_600_000_000, 1_600_000_000))
    (stage.folder / "helpers.py").write_text("def clean(x):\n    return x\n")
    return stage.module(MODULE).contract("[parameters]\nlimit = 3\n")


def reasons(stage) -> list[str]:
    """Give each partition's reason, and see that explaining changed nothing."""
    before = sorted(str(path) for path in stage.folder.rglob("*"))
    explanation = api.explain(stage.path)
    assert sorted(str(path) for path in stage.folder.rglob("*")) == before
    return [explanation.reason(index).text for index in range(len(explanation))]


def runs_of(stage) -> list[str]:
    return [run.run_id for run in run_directories(stage.folder, "work")]


def judged(stage) -> None:
    """See that a run takes over exactly what was said to be reused."""
    explanation = api.explain(stage.path)
    assert stage.status().reused == explanation.reused


def test_nothing_ran_yet(files):
    assert reasons(files) == ["never ran"] * 4
    judged(files)


def test_everything_is_reused_from_the_newest_run(files):
    files.run()
    files.run()
    assert reasons(files) == [f"reused from run {runs_of(files)[0]}"] * 4
    judged(files)


def test_an_edited_helper_is_named(files):
    files.run()
    (files.folder / "helpers.py").write_text("def clean(x):\n    return x + 1\n")
    assert reasons(files) == ["helper `clean` of helpers.py changed"] * 4
    judged(files)


def test_an_edited_function_and_parameter_are_named(files):
    files.run()
    files.module(MODULE.replace("too many", "too much")).contract("[parameters]\nlimit = 4\n")
    assert reasons(files) == ["function `work` changed; parameter `limit` 3 -> 4"] * 4
    judged(files)


def test_a_comment_is_no_reason(files):
    files.run()
    files.module(MODULE.replace("import helpers", "import helpers  # ours"))
    assert {text[:15] for text in reasons(files)} == {"reused from run"}
    judged(files)


def test_inputs_that_changed_were_touched_or_are_new(files):
    files.run()
    run_id = runs_of(files)[0]
    (files.folder / "data/a.csv").write_text("x\n1\n2\n3\n")
    os.utime(files.folder / "data/b.csv", (1_600_000_000, 1_600_000_001))
    (files.folder / "data/e.csv").write_text("x\n")
    assert reasons(files) == [
        "input changed: size 6 -> 8 B",
        "input touched: same size, other time",
        f"reused from run {run_id}",
        f"reused from run {run_id}",
        "never ran",
    ]
    judged(files)


def test_by_content_a_touch_is_no_reason_and_a_disguised_change_is(files):
    files.contract('[partition]\nfingerprint = "content"\n[parameters]\nlimit = 3\n').run()
    run_id = runs_of(files)[0]
    os.utime(files.folder / "data/b.csv")
    (files.folder / "data/c.csv").write_text("x\n7\n2\n")
    os.utime(files.folder / "data/c.csv", (1_600_000_000, 1_600_000_000))
    # what was digested is remembered below .agilab
    api.explain(files.path)
    assert reasons(files)[:3] == [
        f"reused from run {run_id}",
        f"reused from run {run_id}",
        "input changed: same size, other content",
    ]
    judged(files)


def test_another_way_of_telling_changes_is_named(files):
    files.run()
    files.contract('[partition]\nfingerprint = "content"\n[parameters]\nlimit = 3\n')
    api.explain(files.path)
    assert set(reasons(files)) == {"changes of inputs are told by content now, and no longer by stat"}


def test_a_failure_is_told_with_its_first_line(files):
    (files.folder / "data/b.csv").write_text("x\n" * 101)
    files.contract('[parameters]\nlimit = 3\n[execution]\non_failure = "finish"\n').status()
    run_id = runs_of(files)[0]
    assert reasons(files) == [
        f"reused from run {run_id}",
        "failed last time: ValueError: 101 rows are too many",
        f"reused from run {run_id}",
        f"reused from run {run_id}",
    ]
    (files.folder / "helpers.py").write_text("def clean(x):\n    return x + 1\n")
    since = "(since then: helper `clean` of helpers.py changed)"
    assert reasons(files)[1] == f"failed last time: ValueError: 101 rows are too many {since}"
    judged(files)


def test_what_a_run_did_not_reach_is_told(files):
    (files.folder / "data/a.csv").write_text("x\n" * 101)
    files.contract(workers=1).status(batch_size=1)
    first, *others = reasons(files)
    assert first.startswith("failed last time: ValueError")
    assert others[-1] == f"run {runs_of(files)[0]} ended before it was done"


def test_a_run_that_is_under_way_is_told(files):
    slow = "import time\n\ndef work(path):\n    time.sleep(60)\n    return {}\n"
    files.module(slow).contract("[parameters]\n")
    watch = api.submit(files.path)
    try:
        deadline = time.monotonic() + 60
        while watch.refresh().state != "running" and time.monotonic() < deadline:
            time.sleep(0.02)
        told = api.explain(files.path).reason(0).text
        assert told == f"run {watch.status.run_id} is under way and has not done it yet"
    finally:
        api.stop(watch.status.run_dir)


@pytest.mark.parametrize("what", ["data", "index", "gone"])
def test_a_damaged_result_is_told(files, what):
    files.run(batch_size=1)
    run = run_directories(files.folder, "work")[0]
    victim = next(index for index in read_indexes(run.segments) if index.indexes == [2])
    path = victim.path if what == "index" else victim.data
    if what == "gone":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    told = reasons(files)
    assert told[2] == f"its stored result in run {run.run_id} is damaged"
    assert told[0] == f"reused from run {run.run_id}"
    judged(files)


def test_a_damaged_result_is_taken_from_the_run_before(files):
    files.run(batch_size=1)
    files.run(force=True)
    newest, before = run_directories(files.folder, "work")
    for data in newest.segments.glob("*.data"):
        data.write_bytes(b"x" * data.stat().st_size)
    assert reasons(files) == [f"reused from run {before.run_id}"] * 4


def test_a_file_that_was_cut_in_another_way(files):
    for name in "bcd":
        (files.folder / f"data/{name}.csv").unlink()
    (files.folder / "data/a.csv").write_text("x\n" + "1\n" * 90)
    keys = {"partition_strategy": "file-chunks", "min_partitions_per_worker": 1}
    files.contract(**keys, target_partitions=2).run()
    files.contract(target_partitions=3)
    assert set(reasons(files)) == {"never ran: its file was cut in another way"}
    with (files.folder / "data/a.csv").open("a") as out:
        out.write("2\n" * 20)
    assert set(reasons(files)) == {"input changed: size 182 -> 222 B"}
    judged(files)


def test_what_a_run_was_told_to_leave_out_is_explained_by_the_one_before(files):
    files.run()
    (files.folder / "helpers.py").write_text("def clean(x):\n    return x + 1\n")
    files.status(only="0")
    told = reasons(files)
    assert told[0] == f"reused from run {runs_of(files)[0]}"
    assert told[1:] == ["helper `clean` of helpers.py changed"] * 3


def test_groups_count_and_give_examples(files):
    files.run()
    for name, rows in (("a", 3), ("b", 4)):
        (files.folder / f"data/{name}.csv").write_text("x\n" + "1\n" * rows)
    explanation = api.explain(files.path)
    changed, reused = explanation.groups()
    assert (changed.kind, changed.text, changed.count, changed.first) == ("input", "input changed", 2, (0, 1))
    assert changed.example == "input changed: size 6 -> 8 B"
    assert (reused.kind, reused.count, reused.first) == ("reused", 2, (2, 3))
    document = json.loads(json.dumps(explanation.to_json()))
    assert (document["partition_count"], document["reused"], document["to_run"]) == (4, 2, 2)
    lines = list(explanation.lines())
    assert [line["index"] for line in lines] == [0, 1, 2, 3]
    assert lines[1]["reason"] == "input changed: size 6 -> 10 B"
    assert [line["index"] for line in explanation.lines(("input",))] == [0, 1]


def test_a_plan_that_cannot_run_is_refused(files):
    files.contract(input="nothing/*.csv")
    with pytest.raises(PlanError):
        api.explain(files.path)


def test_explaining_imports_nothing_of_the_authors(files):
    files.module("from pathlib import Path\nPath('imported').touch()\n\ndef work(path): ...\n")
    api.explain(files.path)
    assert not (files.folder / "imported").exists()


RECORD = {
    "function": "work",
    "code": "c",
    "definitions": {"stages/work.py:work": ["function", "1"], "stages/work.py:LIMIT": ["constant", "2"]},
    "parameters": {"limit": "3", "names": '["a"]'},
    "shared": {"table": "blake2b:1"},
    "seed": 0,
    "split": "files",
    "reader": {"delimiter": "null", "columns": "[]"},
    "records": "csv",
    "fingerprint": "stat",
}
CODE = {"stages/work.py:work": ["function", "1"]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 7}, ["seed 0 -> 7"]),
        ({"split": "data-partitions"}, ["split files -> data-partitions"]),
        (
            {"records": "json"},
            ["results are stored differently: the reducer now needs json, not csv"],
        ),
        ({"shared": {"table": "blake2b:2"}}, ["shared data `table` changed"]),
        ({"shared": {}}, ["shared data `table` is gone"]),
        ({"shared": {"table": "blake2b:1", "more": "x"}}, ["shared data `more` is new"]),
        ({"parameters": {"limit": "4", "names": '["a"]'}}, ["parameter `limit` 3 -> 4"]),
        ({"parameters": {"limit": "3"}}, ["parameter `names` is gone"]),
        (
            {"parameters": {"limit": "3", "names": '["' + "b" * 99 + '"]'}},
            ['parameter `names` ["a"] -> ["' + "b" * 35 + "..."],
        ),
        ({"reader": {"delimiter": '";"', "columns": "[]"}}, ["reader option `delimiter` is new"]),
        ({"reader": {"delimiter": "null", "columns": "[]", "later": "null"}}, ["its settings changed"]),
        ({"function": "load"}, ["the function is `load`, it was `work`"]),
        (
            {"code": "d", "definitions": {**CODE, "stages/work.py:LIMIT": ["constant", "3"]}},
            ["constant `LIMIT` changed"],
        ),
        ({"code": "d", "definitions": CODE}, ["constant `LIMIT` is no longer used"]),
        (
            {"code": "d", "definitions": {**RECORD["definitions"], "h.py:A": ["class", "3"]}},
            ["class `A` of h.py is used now"],
        ),
        ({"code": "d"}, ["the order of statements in its code changed"]),
    ],
)
def test_what_changed_is_said(changes, said):
    assert stage_changes(RECORD, {**RECORD, **changes}) == said


def test_many_changes_are_counted():
    now = {**RECORD, "parameters": {f"p{number}": "1" for number in range(9)}}
    assert len(stage_changes(RECORD, now)) == 5
    assert stage_changes(RECORD, now)[-1] == "7 more changes"
    assert stage_changes(None, now) == ["its code or settings changed"]


def test_a_record_is_what_a_manifest_can_hold(files):
    from jupyter_agilab.contract.load import load_contract
    from jupyter_agilab.run.code import freeze

    contract = load_contract(files.path)
    record = resume_record(freeze(contract.function, files.folder), contract, "jsonl")
    assert json.loads(json.dumps(record)) == record
