"""Cells that join a workflow: what the line says goes to the workflow's file, and the rest of it stays."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from IPython.core.error import UsageError

from jupyter_agilab.errors import ExtractionError, WorkflowError
from jupyter_agilab.workflow.load import read_workflow
from jupyter_agilab.workflow.model import Feed


@pytest.fixture
def cells(notebook: Any) -> Any:
    """Give a notebook with a stage ``build`` of three partitions, and a grid of two samplers."""
    notebook.write("targets.json", json.dumps({"size": [1, 2, 3]}))
    notebook.write("samplers.json", json.dumps({"sampler": ["hmc", "sgld"]}))
    notebook.run("%%parallel_stage build --input targets.json\n{'size': size}")
    return notebook


def workflow_of(notebook: Any, name: str = "workflow") -> Any:
    file = read_workflow(notebook.folder / f"{name}.workflow.toml")
    assert file.ok
    return file.workflow


def contract_of(notebook: Any, name: str) -> dict[str, Any]:
    return tomllib.loads((notebook.folder / f"{name}.parallel_stage.toml").read_text("utf-8"))


def function_of(notebook: Any, name: str) -> Any:
    """Give the module's function, which knows nothing of any notebook."""
    names: dict[str, Any] = {}
    exec((notebook.folder / f"stages/{name}.py").read_text("utf-8"), names)
    return names[name]


def test_a_stage_by_itself_makes_no_workflow(cells: Any) -> None:
    assert not list(cells.folder.glob("*.workflow.toml"))


def test_a_cell_that_another_stage_feeds_reads_one_element_by_its_name(cells: Any) -> None:
    # in the notebook the name holds the stage; in the function it is one of its results
    cells.run("%%parallel_stage sample --input build\n{'twice': 2 * build['size']}")
    workflow = workflow_of(cells)
    assert list(workflow.stages) == ["build", "sample"]
    assert workflow.stages["sample"].inputs == (Feed("build"),)
    contract = contract_of(cells, "sample")
    assert (contract["split"], contract["input"]) == ("parameter-sweep", "workflow.workflow.toml")
    assert contract["partition_strategy"] == "parameter-items"
    assert function_of(cells, "sample")({"size": 21}) == {"twice": 42}
    assert "one partition for each result of build" in cells.text
    assert "%parallel_workflow workflow --run" in cells.text
    assert "workflow.workflow.toml" in cells.html


def test_its_own_grid_stays_beside_the_elements(cells: Any) -> None:
    cells.run("%%parallel_stage sample --input build --input samplers.json\n(build['size'], sampler)")
    assert contract_of(cells, "sample")["input"] == "samplers.json"
    assert function_of(cells, "sample")({"size": 3}, "hmc") == (3, "hmc")
    # what the line does not say stays
    cells.run("%%parallel_stage sample\n(build['size'] + 1, sampler)")
    assert contract_of(cells, "sample")["input"] == "samplers.json"
    assert function_of(cells, "sample")({"size": 3}, "hmc") == (4, "hmc")
    # naming other inputs takes the grid away
    cells.run("%%parallel_stage sample --input build\nbuild['size']")
    assert contract_of(cells, "sample")["input"] == "workflow.workflow.toml"


def test_all_that_a_line_can_say_is_in_the_file(cells: Any) -> None:
    cells.run("%%parallel_stage sample --input build\nbuild['size']")
    cells.run(
        "%%parallel_stage both --input build --input sample --combine product --after build --when extra "
        "--replicas 2\n(build, sample)"
    )
    stage = workflow_of(cells).stages["both"]
    assert stage.inputs == (Feed("build"), Feed("sample"))
    assert (stage.combine, stage.after, stage.when, stage.replicas) == ("product", ("build",), "extra", 2)
    assert workflow_of(cells).flags == {"extra": False}
    cells.run('%%parallel_stage both --after "" --when "" --replicas 0\n(build, sample)')
    stage = workflow_of(cells).stages["both"]
    assert (stage.combine, stage.after, stage.when, stage.replicas) == ("product", (), "", 0)


def test_a_group_has_the_replicas_of_its_stages(cells: Any) -> None:
    cells.run("%%parallel_stage sample --input build --group gpu --replicas 3\nbuild['size']")
    workflow = workflow_of(cells)
    assert (workflow.stages["sample"].group, workflow.stages["sample"].replicas) == ("gpu", 0)
    assert workflow.groups["gpu"].replicas == 3


def test_comments_and_other_stages_of_the_file_keep_every_byte(cells: Any) -> None:
    text = (
        '# our workflow\nschema = "agilab.workflow.v1"\nname = "mine"  # short\n\n'
        '[stages.build]\ncontract = "build.parallel_stage.toml"   # by hand\n\n'
        "[stages.build.resources]\ncpus = 2\n"
    )
    path = cells.write("mine.workflow.toml", text)
    cells.run("%%parallel_stage sample --input build\nbuild['size']")
    after = path.read_text("utf-8")
    assert after.startswith(text)
    assert workflow_of(cells, "mine").stages["build"].claims.cpus == 2
    cells.run("%%parallel_stage sample --input build\nbuild['size']")
    assert path.read_text("utf-8") == after
    assert "stage sample: unchanged" in cells.text


def test_the_workflow_is_named_like_the_notebook_unless_said(
    cells: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cells.write("Targets and samplers.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4}')
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    cells.run("%%parallel_stage sample --input build\nbuild['size']")
    assert "sample" in workflow_of(cells, "Targets_and_samplers").stages
    cells.write(
        "another.workflow.toml", (cells.folder / "Targets_and_samplers.workflow.toml").read_text("utf-8")
    )
    cells.run("%parallel_workflow")
    assert "workflow Targets_and_samplers: not run yet" in cells.text
    (cells.folder / "another.workflow.toml").unlink()
    # a stage that has a workflow stays in it, and another one may be named
    cells.run("%%parallel_stage other --input build --workflow named\nbuild['size']")
    cells.run("%%parallel_stage other --after sample\nbuild['size']")
    assert workflow_of(cells, "named").stages["other"].after == ("sample",)
    assert "other" not in workflow_of(cells, "Targets_and_samplers").stages


def test_a_function_may_name_its_parameter_as_it_likes(cells: Any) -> None:
    cells.run("%%parallel_stage sample --input build\ndef sample(x):\n    return x['size']")
    assert workflow_of(cells).stages["sample"].inputs == (Feed("build", parameter="x"),)
    cells.run(
        "%%parallel_stage pair --input build --input y=sample\ndef pair(y, build):\n    return y, build"
    )
    assert workflow_of(cells).stages["pair"].inputs == (Feed("build"), Feed("sample", parameter="y"))


def test_an_example_above_the_cells_body_is_left_out(cells: Any) -> None:
    cells.run("%%parallel_stage sample --input build\nbuild = {'size': 5}\nbuild['size']")
    assert function_of(cells, "sample")({"size": 1}) == 1


def test_an_artifact_is_a_file_to_be_split(cells: Any) -> None:
    count = "import json\nwith open({}) as file:\n    count = len(json.load(file))\ncount"
    cells.run(f"%%parallel_stage total --input build.artifact\n{count.format('path')}")
    contract = contract_of(cells, "total")
    assert (contract["split"], contract["input"]) == ("files", "artifacts/build.json")
    assert contract["partition_strategy"] == "one-file-per-partition"
    assert workflow_of(cells).stages["total"].inputs == (Feed("build", "artifact"),)
    # by the other stage's name too
    cells.run(f"%%parallel_stage total --input build.artifact\n{count.format('build')}")
    cells.write("some.json", "[1, 2]")
    assert function_of(cells, "total")(str(cells.folder / "some.json")) == 2


def test_an_input_of_its_own_takes_the_stage_out_of_the_others_hands(cells: Any) -> None:
    cells.run("%%parallel_stage sample --input build\nbuild['size']")
    cells.run("%%parallel_stage sample --input samplers.json\nsampler")
    assert contract_of(cells, "sample")["input"] == "samplers.json"
    assert workflow_of(cells).stages["sample"].inputs == ()


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("sample --input bild", UsageError, "there is no stage 'bild' here (did you mean 'build'?)"),
        (
            "sample --input nosuchstage",
            UsageError,
            "--input nosuchstage: there is neither a file nor a stage of that name here "
            "(the stages here are build)",
        ),
        ("sample --input nosuchstage --workflow flow", UsageError, "there is neither a file nor a stage of"),
        ("sample --input build --input nosuchstage", UsageError, "there is neither a file nor a stage of"),
        ("sample --input nosuch.json --when extra", UsageError, "nosuch.json: there is no such file here"),
        ("sample --input other.artifact", UsageError, "there is no stage 'other' here"),
        ("sample --input build --after gone", UsageError, "--after gone: there is no stage 'gone' here"),
        ("sample --input build --after sample", UsageError, "a stage cannot wait for itself"),
        ("sample --input build --input a.json --input b.json", UsageError, "only one --input can be a file"),
        ("sample --input build --split files", UsageError, "its split is not files"),
        ('sample --input build --when "two words"', UsageError, "--when takes a name"),
        ("sample --input build --workflow ../up", UsageError, "--workflow takes a name"),
        ("sample --input build --combine both", UsageError, "invalid choice: 'both'"),
        ("build --input targets.json --after sample", UsageError, "there is no stage 'sample' here"),
    ],
)
def test_misuse_is_one_clear_sentence_and_writes_nothing(
    cells: Any, line: str, error: type[Exception], told: str
) -> None:
    before = cells.files()
    found = cells.fails(f"%%parallel_stage {line}\nbuild['size']")
    assert isinstance(found, error) or type(found).__name__ == error.__name__
    assert told in str(found)
    assert cells.files() == before


def test_a_stage_or_a_file_of_the_same_name_must_be_told_apart(cells: Any) -> None:
    cells.write("build", "a file")
    assert "may be the stage or the file" in str(cells.fails("%%parallel_stage s --input build\nbuild"))
    cells.run("%%parallel_stage s --input ./build --split files\nopen(path).read()")
    assert not list(cells.folder.glob("*.workflow.toml"))


def test_a_circle_is_refused_by_its_path(cells: Any) -> None:
    cells.run("%%parallel_stage sample --input build\nbuild['size']")
    path = cells.folder / "workflow.workflow.toml"
    before = path.read_text("utf-8")
    found = cells.fails("%%parallel_stage build --input sample --input targets.json\n{'size': sample}")
    assert isinstance(found, WorkflowError)
    assert "build->sample->build" in str(found)
    assert path.read_text("utf-8") == before
    assert contract_of(cells, "build")["input"] == "targets.json"


def test_a_cell_that_does_not_read_what_feeds_it_is_told_how_to_only_wait(cells: Any) -> None:
    found = cells.fails("%%parallel_stage sample --input build\n1 + 1")
    assert isinstance(found, ExtractionError)
    assert "the cell does not read 'build'" in str(found)
    assert "--after" in cells.text
    assert not (cells.folder / "workflow.workflow.toml").exists()


def test_a_workflow_that_cannot_be_read_is_left_as_it_is(cells: Any) -> None:
    path = cells.write("workflow.workflow.toml", "name = [")
    found = cells.fails("%%parallel_stage sample --input build\nbuild")
    assert isinstance(found, WorkflowError)
    assert path.read_text("utf-8") == "name = ["


def test_a_fed_stage_cannot_be_tried_by_itself(cells: Any) -> None:
    found = cells.fails("%%parallel_stage sample --input build --trial\nbuild['size']")
    assert "build gives it what it works on" in str(found)
