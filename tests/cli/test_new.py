"""``new``: AGILAB's flags and defaults, and nothing overwritten by accident."""

import tomllib

import pytest

SEED = [
    *("new", "--name", "process_csv_files"),
    *("--function", "my_pipeline.process:process_file"),
    *("--split", "files"),
    *("--input", "data/*.csv"),
    "--workers-auto",
    *("--partition-strategy", "file-chunks"),
    *("--target-partitions", "64"),
    *("--reducer", "concat-jsonl"),
    *("--backend", "local"),
    *("--output", "parallel_stage.toml"),
]

TWELVE = {
    "schema": "agilab.parallel_stage.v1",
    "name": "process_csv_files",
    "function": "my_pipeline.process:process_file",
    "split": "files",
    "input": "data/*.csv",
    "workers": "auto",
    "partition_strategy": "file-chunks",
    "target_partitions": 64,
    "min_partitions_per_worker": 2,
    "reducer": "concat-jsonl",
    "backend": "local",
    "output": "parallel_stage.toml",
}


def test_the_published_command_writes_the_twelve_keys(stage, agilab):
    answer = agilab(*SEED)
    assert answer.code == 0
    data = tomllib.loads((stage.folder / "parallel_stage.toml").read_text())
    data.pop("next_steps")
    assert data == TWELVE
    assert list(data) == list(TWELVE)
    assert {name: type(value) for name, value in data.items()} == {
        name: type(value) for name, value in TWELVE.items()
    }
    assert answer.out.startswith("parallel stage contract: parallel_stage.toml\nstatus: ok\n")
    assert "next: jupyter agilab check parallel_stage.toml" in answer.err


def test_twice_gives_the_same_bytes(stage, agilab):
    agilab(*SEED)
    path = stage.folder / "parallel_stage.toml"
    first, touched = path.read_bytes(), path.stat().st_mtime_ns
    again = agilab(*SEED)
    assert again.code == 0
    assert path.read_bytes() == first
    assert path.stat().st_mtime_ns == touched
    assert "it was like this already" in again.err
    path.unlink()
    agilab(*SEED)
    assert path.read_bytes() == first


def test_the_defaults_are_those_of_agilab(stage, agilab):
    agilab("new", "--name", "a", "--function", "m:f", "--split", "files", "--input", "x.csv")
    data = tomllib.loads((stage.folder / "parallel_stage.toml").read_text())
    assert data["workers"] == 2
    assert data["partition_strategy"] == "one-file-per-partition"
    assert data["target_partitions"] == 0
    assert data["min_partitions_per_worker"] == 2
    assert data["reducer"] == "collect-json"
    assert data["backend"] == "local"
    assert data["output"] == "parallel_stage.toml"
    assert "notes" not in data


def test_the_document(stage, agilab, conforms):
    answer = agilab(*SEED, "--json")
    conforms(answer.json, "new")
    assert answer.json["contract"] == {**TWELVE, "notes": ""}
    assert answer.json["ok"] is True
    assert answer.json["changed"] is True
    assert answer.err == ""
    assert agilab(*SEED, "--json").json["changed"] is False


def test_missing_flags_are_misuse(stage, agilab, conforms):
    answer = agilab("new", "--name", "a", "--input", "")
    assert answer.code == 2
    assert "missing required generation arguments: --function, --split, --input" in answer.err
    assert answer.out == ""
    answer = agilab("new", "--json")
    assert answer.code == 2
    conforms(answer.json, "error")
    assert answer.json["error"]["code"] == "usage"
    assert list(stage.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--split", "rows"),
        ("--reducer", "sum"),
        ("--backend", "spark"),
        ("--partition-strategy", "x"),
        ("--workers", "many"),
        ("--colour", "red"),
    ],
)
def test_values_that_no_flag_takes_are_misuse(stage, agilab, flag, value):
    answer = agilab(*SEED, flag, value)
    assert answer.code == 2
    assert flag in answer.err
    assert answer.out == ""
    assert list(stage.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "issue"),
    [
        (("--name", " "), "name must be a non-empty string"),
        (("--function", "no colon"), "function must use 'module_or_path:function_name' format"),
        (("--target-partitions", "-1"), "target_partitions must be a non-negative integer"),
        (("--min-partitions-per-worker", "0"), "min_partitions_per_worker must be a positive integer"),
        (("--output", " "), "output must be a non-empty string"),
    ],
)
def test_values_that_make_no_contract_are_told_and_nothing_is_written(stage, agilab, conforms, flags, issue):
    answer = agilab(*SEED, *flags)
    assert answer.code == 1
    assert answer.out == ""
    assert "status: invalid" in answer.err
    assert issue in answer.err
    assert list(stage.folder.iterdir()) == []
    answer = agilab(*SEED, *flags, "--json")
    conforms(answer.json, "new")
    assert answer.json["issues"] == [issue]
    assert answer.json["contract"] is None
    assert answer.code == 1


def test_all_mistakes_are_told_at_once(stage, agilab):
    flags = ["new", "--name", " ", "--function", "f", "--split", "files", "--input", "x", "--workers", "0"]
    issues = agilab(*flags, "--json").json["issues"]
    assert len(issues) == 3


def test_a_contract_that_differs_is_left_alone(stage, agilab):
    agilab(*SEED)
    path = stage.folder / "parallel_stage.toml"
    before = path.read_bytes()
    answer = agilab(*SEED, "--target-partitions", "128", "--workers", "3")
    assert answer.code == 1
    assert "parallel_stage.toml is there already and differs in: target_partitions" in answer.err
    assert "--force" in answer.err
    assert path.read_bytes() == before


def test_force_changes_only_what_was_asked(stage, agilab):
    agilab(*SEED)
    path = stage.folder / "parallel_stage.toml"
    text = path.read_text().replace("target_partitions = 64", "target_partitions = 64  # found by trying")
    text = text.replace("[next_steps]", "[execution]\nretries = 3  # flaky disk\n\n[next_steps]")
    path.write_text(text)
    answer = agilab(*SEED, "--target-partitions", "128", "--force")
    assert answer.code == 0
    assert path.read_text() == text.replace("= 64  #", "= 128  #")


def test_tables_of_a_contract_are_no_difference(stage, agilab):
    agilab(*SEED)
    path = stage.folder / "parallel_stage.toml"
    text = "# mine\n" + path.read_text() + "\n[execution]\nretries = 3\n"
    path.write_text(text)
    answer = agilab(*SEED)
    assert answer.code == 0
    assert path.read_text() == text


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("text", ["[project]\nname = 'x'\n", "this is = = not TOML"])
def test_another_file_is_never_written_over(stage, agilab, text, force):
    path = stage.folder / "pyproject.toml"
    path.write_text(text)
    answer = agilab(*SEED, "--output", "pyproject.toml", *force)
    assert answer.code == 1
    assert "pyproject.toml" in answer.err
    assert path.read_text() == text


def test_a_folder_is_made_and_a_file_in_its_place_is_told(stage, agilab):
    assert agilab(*SEED, "--output", "contracts/a.parallel_stage.toml").code == 0
    assert (stage.folder / "contracts/a.parallel_stage.toml").is_file()
    (stage.folder / "file").write_text("")
    answer = agilab(*SEED, "--output", "file/a.toml")
    assert answer.code == 1
    assert answer.err.startswith("error: ")
    assert "Traceback" not in answer.err


def test_writing_imports_and_runs_nothing(stage, agilab):
    (stage.folder / "my_pipeline").mkdir()
    (stage.folder / "my_pipeline/process.py").write_text(
        "open('ran', 'w')\ndef process_file(path):\n    pass\n"
    )
    agilab(*SEED)
    assert not (stage.folder / "ran").exists()
