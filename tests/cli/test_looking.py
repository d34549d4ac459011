"""``check`` and ``plan``: all that can be said without running anything."""

import json
from itertools import pairwise

import pytest

MODULE_THAT_TELLS = """
    from pathlib import Path

    Path("imported").touch()

    def work(i):
        Path("called").touch()
"""


def test_a_good_contract(stage, agilab):
    stage.squares()
    answer = agilab("check", "work")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "parallel stage contract: work.parallel_stage.toml\nstatus: ok\n"


def test_a_bad_contract_has_every_mistake_with_its_line(stage, agilab):
    stage.squares().contract(workers=0, reducer="concat")
    answer = agilab("check", stage.path)
    assert answer.code == 1
    # a long path is broken where the line ends
    told = "".join(answer.out.split())
    for line in (
        f"{stage.path}:6:1: error: workers must be a positive integer or 'auto'",
        ":10:1: error: reducer must be one of: collect-json, concat-jsonl, concat-csv, custom",
    ):
        assert line.replace(" ", "") in told
    assert "status: invalid (2 errors)" in answer.out


def test_check_as_json(stage, agilab, conforms):
    stage.squares().contract(workers=1, split="rows")
    answer = agilab("check", "work", "--json")
    conforms(answer.json, "check")
    assert answer.code == 1
    assert answer.json["issues"] == ["split must be one of: files, data-partitions, parameter-sweep"]
    assert answer.json["warnings"] == ["workers=1 is valid for preview but does not parallelize execution"]
    levels = {finding["code"]: (finding["level"], finding["line"]) for finding in answer.json["findings"]}
    assert ("syntax", 4) in levels.values()
    assert answer.err == ""


@pytest.mark.parametrize("text", [None, "", "not = = toml", "\ufeffschema = 1", "name = 'x'\n"])
def test_a_file_that_is_no_contract_is_a_finding(stage, agilab, conforms, text):
    if text is not None:
        (stage.folder / "x.toml").write_text(text)
    answer = agilab("check", "x.toml", "--json")
    assert answer.code == 1
    conforms(answer.json, "check")
    assert answer.json["ok"] is False
    assert all(finding["line"] for finding in answer.json["findings"])
    assert "Traceback" not in agilab("check", "x.toml").out


def test_several_contracts_at_once(stage, agilab, conforms):
    stage.squares()
    answer = agilab("check", "work", "missing.toml", "--json")
    assert answer.code == 1
    conforms(answer.json, "several checks")
    assert [each["ok"] for each in answer.json["checks"]] == [True, False]
    text = agilab("check", "work", "missing.toml")
    assert text.out.count("parallel stage contract: ") == 2
    assert agilab("check", "work", "work", "--json").json["ok"] is True


def test_a_missing_module_function_and_input_are_found_by_reading(stage, agilab):
    stage.sweep(2).contract()
    assert "stages/work.py" in agilab("check", "work").out
    stage.module("def other(i):\n    return i\n")
    answer = agilab("check", "work")
    assert answer.code == 1
    assert "work" in answer.out
    stage.squares().contract(input="nothing.json")
    answer = agilab("check", "work")
    assert answer.code == 1
    assert "nothing.json" in answer.out


@pytest.mark.parametrize(
    "command",
    [
        ("check", "work"),
        ("plan", "work"),
        ("plan", "work", "--partitions", "--json"),
        ("new", "--name", "a", "--function", "stages/work.py:work", "--split", "files", "--input", "x"),
        ("runs",),
    ],
)
def test_looking_imports_and_calls_nothing(stage, agilab, command):
    stage.sweep(3).module(MODULE_THAT_TELLS).contract()
    agilab(*command)
    assert not (stage.folder / "imported").exists()
    assert not (stage.folder / "called").exists()
    # the fixture would tell: the trial runs it
    agilab("trial", "work")
    assert (stage.folder / "imported").exists()
    assert (stage.folder / "called").exists()


def test_plan_as_text(stage, agilab):
    stage.squares(30)
    answer = agilab("plan", "work")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("plan of work: 30 partitions, 2 useful workers\n")
    assert "  contract  OK\n" in answer.out
    assert "  run-time  local, 2 workers x 1 thread" in answer.out
    assert "  ... 20 more partitions\n" in answer.out
    assert sum(" i=" in line for line in answer.out.split("\n")) == 10
    assert sum(" i=" in line for line in agilab("plan", "work", "--rows", 3).out.split("\n")) == 3
    assert " i=" not in agilab("plan", "work", "--rows", 0).out


def test_all_partitions_as_text(stage, agilab):
    stage.squares(30)
    lines = agilab("plan", "work", "--partitions").out.split("\n")
    assert [line.rsplit("i=")[1] for line in lines if " i=" in line] == [str(i) for i in range(30)]


def test_plan_as_json(stage, agilab, conforms):
    stage.squares(30)
    answer = agilab("plan", "work", "--json")
    conforms(answer.json, "plan")
    assert answer.json["partition_count"] == 30
    assert answer.json["useful_workers"] == 2
    assert answer.json["findings"] == []
    assert answer.err == ""


def test_a_sweep_s_partitions_as_json(stage, agilab, conforms):
    stage.squares(30)
    answer = agilab("plan", "work", "--json", "--partitions")
    conforms(answer.json, "plan with partitions")
    assert [each["parameters"]["i"] for each in answer.json["partitions"]] == list(range(30))
    for each in answer.json["partitions"]:
        conforms(each, "set")
    assert len({each["id"] for each in answer.json["partitions"]}) == 30
    assert {each["worker"] for each in answer.json["partitions"]} == {0, 1}


def test_slices_of_files_as_json_one_per_line(stage, agilab, conforms):
    stage.files("a,b\n" + "1,2\n" * 500, "a,b\n" + "3,4\n" * 100).module("def work(path): return {}\n")
    stage.contract(partition_strategy="file-chunks", target_partitions=6)
    answer = agilab("plan", "work", "--json", "--partitions")
    slices = answer.json["partitions"]
    assert len(slices) == answer.json["partition_count"] >= 6
    for each in slices:
        conforms(each, "slice")
        assert json.dumps(each) in answer.out
    for name, size in (("data/0.csv", 2004), ("data/1.csv", 404)):
        mine = [each for each in slices if each["source"] == name]
        assert mine[-1]["stop"] == size
        assert all(one["stop"] == two["start"] for one, two in pairwise(mine))


def test_values_that_json_does_not_have_are_text(stage, agilab):
    stage.squares()
    (stage.folder / "grid.toml").write_text("day = [2013-01-01, 2013-02-01]\nlimit = [nan, inf]\n")
    stage.contract(input="grid.toml")
    found = agilab("plan", "work", "--json", "--partitions").json["partitions"]
    assert [each["parameters"] for each in found] == [
        {"day": "2013-01-01", "limit": "NaN"},
        {"day": "2013-01-01", "limit": "Infinity"},
        {"day": "2013-02-01", "limit": "NaN"},
        {"day": "2013-02-01", "limit": "Infinity"},
    ]


def test_a_plan_without_input(stage, agilab, conforms):
    stage.squares().contract(split="files", input="data/*.csv", partition_strategy="one-file-per-partition")
    answer = agilab("plan", "work", "--json", "--partitions")
    assert answer.code == 1
    conforms(answer.json, "plan with partitions")
    assert answer.json["partition_count"] == 0
    assert answer.json["partitions"] == []
    assert any(finding["severity"] == "error" for finding in answer.json["findings"])
    answer = agilab("plan", "work", "--partitions")
    assert answer.code == 1
    assert "data/*.csv" in answer.out


# files, cores, strategy, target, splittable: AGILAB's own numbers
ARITHMETIC = [
    (3, 8, "file-chunks", 64, True, 8, 64),
    (3, 8, "file-chunks", 64, False, 3, 3),
    (3, 8, "file-chunks", 0, True, 8, 16),
    (3, 8, "file-chunks", 0, False, 3, 3),
    (2, 16, "file-chunks", 64, True, 16, 64),
    (3, 32, "file-chunks", 128, True, 32, 128),
    (8, 8, "file-chunks", 64, True, 8, 64),
    (10, 8, "file-chunks", 0, True, 8, 16),
    (10, 8, "file-chunks", 0, False, 8, 10),
    (40, 8, "file-chunks", 64, False, 8, 40),
    (100, 8, "file-chunks", 64, True, 8, 100),
    (3, 8, "one-file-per-partition", 64, True, 8, 3),
    (3, 8, "one-file-per-partition", 64, False, 3, 3),
    (0, 8, "file-chunks", 64, True, 1, 1),
]


@pytest.mark.parametrize(
    ("files", "cores", "strategy", "target", "splittable", "workers", "planned"), ARITHMETIC
)
def test_agilabs_arithmetic(stage, agilab, files, cores, strategy, target, splittable, workers, planned):
    stage.squares()
    (stage.folder / "data").mkdir()
    for number in range(files):
        name = f"{number:03d}.{'csv' if splittable else 'bin'}"
        content = b"a,b\n" + b"1,2\n" * 3000 if splittable else bytes(range(256)) * 40
        (stage.folder / "data" / name).write_bytes(content)
    stage.contract(
        split="files", input="data/*", partition_strategy=strategy, target_partitions=target, workers="auto"
    )
    answer = agilab("plan", "work", "--cores", cores, "--json").json
    assert (answer["effective_workers"], answer["planned_partitions"]) == (workers, planned)


def test_another_number_of_workers(stage, agilab):
    stage.squares(30)
    assert agilab("plan", "work", "--workers", 7, "--json").json["useful_workers"] == 7


def test_a_contract_that_cannot_be_planned(stage, agilab, conforms):
    stage.squares().contract(workers=0)
    answer = agilab("plan", "work")
    assert answer.code == 1
    assert answer.out == ""
    assert (
        "error: work.parallel_stage.toml cannot be used\nwork.parallel_stage.toml:6:1: error: workers must"
        in answer.err
    )
    answer = agilab("plan", "work", "--json")
    conforms(answer.json, "error")
    conforms(answer.json["error"], "error details")
    assert answer.json["error"]["code"] == "contract"
    assert answer.json["error"]["findings"][0]["key"] == "workers"
    assert (answer.code, answer.err) == (1, "")


def test_the_current_folder_means_its_only_contract(stage, agilab):
    """``.`` has no name, which once was an internal error."""
    stage.squares()
    assert agilab("plan", ".").code == 0
    (stage.folder / "other.parallel_stage.toml").write_text(stage.path.read_text())
    answer = agilab("plan", ".")
    assert answer.code == 1
    assert answer.err.startswith("error: . cannot be used")
    assert "other.parallel_stage.toml, work.parallel_stage.toml" in answer.err
