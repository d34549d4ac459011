"""A contract from AGILAB's flags."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from jupyter_agilab.contract.dump import contract_text, write_contract
from jupyter_agilab.contract.load import read_contract
from jupyter_agilab.contract.new import NEXT_STEPS, new_contract
from jupyter_agilab.errors import ContractError

FLAGS = {
    "name": "process_csv_files",
    "function": "my_pipeline.process:process_file",
    "split": "files",
    "input": "data/*.csv",
}

RECORD = {
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


def test_the_documented_command_gives_the_documented_record(tmp_path):
    contract = new_contract(
        **FLAGS,
        workers_auto=True,
        partition_strategy="file-chunks",
        target_partitions=64,
        reducer="concat-jsonl",
        backend="local",
        output="parallel_stage.toml",
    )
    path = tmp_path / "parallel_stage.toml"
    assert write_contract(path, contract)
    data = tomllib.loads(path.read_text("utf-8"))
    assert data.pop("next_steps") == NEXT_STEPS
    assert list(data) == list(RECORD)
    assert data == RECORD
    assert [type(value) for value in data.values()] == [type(value) for value in RECORD.values()]


def test_doing_it_twice_gives_the_same_bytes(tmp_path):
    path = tmp_path / "parallel_stage.toml"
    assert write_contract(path, new_contract(**FLAGS))
    first = path.read_bytes()
    assert not write_contract(path, new_contract(**FLAGS))
    assert path.read_bytes() == first
    path.unlink()
    write_contract(path, new_contract(**FLAGS))
    assert path.read_bytes() == first


def test_agilabs_defaults():
    contract = new_contract(**FLAGS)
    assert (contract.workers, contract.partition_strategy) == (2, "one-file-per-partition")
    assert (contract.target_partitions, contract.min_partitions_per_worker) == (0, 2)
    assert (contract.reducer, contract.backend) == ("collect-json", "local")
    assert (contract.output, contract.notes) == ("parallel_stage.toml", None)


@pytest.mark.parametrize(
    ("split", "strategy"),
    [
        ("files", "one-file-per-partition"),
        ("data-partitions", "row-chunks"),
        ("parameter-sweep", "parameter-items"),
    ],
)
def test_the_default_strategy_fits_the_split(split, strategy):
    assert new_contract(**{**FLAGS, "split": split}).partition_strategy == strategy


def test_a_strategy_that_was_asked_for_is_recorded():
    contract = new_contract(**{**FLAGS, "split": "parameter-sweep"}, partition_strategy="file-chunks")
    assert contract.partition_strategy == "file-chunks"


def test_four_steps_stand_last_under_agilabs_names():
    text = contract_text(new_contract(**FLAGS))
    assert text.startswith("# ")
    assert text.splitlines()[1].startswith("# ")
    assert list(tomllib.loads(text)["next_steps"]) == [
        "local_preview",
        "workflow_stage",
        "distributed_run",
        "evidence",
    ]
    assert text.rindex("[") == text.index("[next_steps]")


def test_notes_stand_there_only_if_there_are_any():
    assert "notes" not in contract_text(new_contract(**FLAGS))
    assert 'notes = "adds"' in contract_text(new_contract(**FLAGS, notes="adds"))


def test_a_custom_reducer_may_come_before_its_function(tmp_path):
    contract = new_contract(**FLAGS, reducer="custom", notes="adds the counts")
    path = tmp_path / "x.toml"
    write_contract(path, contract)
    file = read_contract(path)
    assert not file.issues
    assert [found.code for found in file.findings if found.severity == "error"] == [
        "contract.reduce-function"
    ]


def test_all_errors_at_once():
    with pytest.raises(ContractError) as caught:
        new_contract(
            name="a/b",
            function="no colon",
            split="file",
            input="",
            workers=0,
            reducer="sum",
            backend="ray",
            target_partitions=-1,
            min_partitions_per_worker=0,
            partition_strategy="chunks",
            output=" ",
        )
    assert [found.key for found in caught.value.findings] == [
        "function",
        "split",
        "input",
        "workers",
        "partition_strategy",
        "target_partitions",
        "min_partitions_per_worker",
        "reducer",
        "backend",
        "output",
        "name",
    ]


@pytest.mark.parametrize("value", [True, "4", 1.5, None])
def test_workers_of_another_type(value):
    with pytest.raises(ContractError, match="workers must be"):
        new_contract(**FLAGS, workers=value)


def test_absolute_paths_below_the_folder_become_relative(tmp_path):
    contract = new_contract(
        **{**FLAGS, "input": f"{tmp_path}/data/*.csv"}, output=str(tmp_path / "a.parallel_stage.toml")
    )
    assert contract.input == "data/*.csv"
    assert contract.output == "a.parallel_stage.toml"
    contract = new_contract(**{**FLAGS, "input": f"{tmp_path}/data/*.csv"}, folder=tmp_path)
    assert contract.input == "data/*.csv"


def test_home_folders_are_refused():
    with pytest.raises(ContractError) as caught:
        new_contract(**{**FLAGS, "input": "/home/ada/*.csv"}, folder=Path("/home/ada/work"), workers=0)
    assert [found.key for found in caught.value.findings] == ["input", "workers"]
    assert caught.value.findings[0].hint == "write '../*.csv'"


def test_secrets_are_refused():
    with pytest.raises(ContractError, match="secret"):
        new_contract(**{**FLAGS, "input": "https://ada:hunter2@example.org/*.csv"})
