"""Cell, module and contract of a stage: which of them moved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_agilab import CellContext, StageOptions, stage_from_cell, write_stage
from jupyter_agilab.cells import read_notebook
from jupyter_agilab.cli import main
from jupyter_agilab.migrate.in_step.files import check_notebook
from jupyter_agilab.open_notebooks.states import cell_standings
from jupyter_agilab.workflow.joining import Joins

BODY = "import csv\nwith open(path) as file:\n    rows = list(csv.DictReader(file))\nlen(rows)\n"
HEAD = '%%parallel_stage counts --input "data/*.csv" --reducer collect-json\n'
ROOT = Path(__file__).parents[3]


class Project:
    """A notebook with one stage cell, whose stage is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notebook = folder / "work.ipynb"
        self.contract = folder / "counts.parallel_stage.toml"
        self.module = folder / "stages" / "counts.py"
        (folder / "data").mkdir()
        (folder / "data" / "a.csv").write_text("x\n1\n")
        options = StageOptions(name="counts", input="data/*.csv", reducer="collect-json")
        context = CellContext(cell_id="c1", notebook=self.notebook, folder=folder)
        write_stage(stage_from_cell(BODY, options, context))
        self.write(HEAD + BODY)

    def write(self, source: str, cell_id: str = "c1") -> None:
        cells = [
            {"cell_type": "markdown", "id": "t", "metadata": {}, "source": "# Count"},
            {
                "cell_type": "code",
                "id": cell_id,
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source.splitlines(keepends=True),
            },
        ]
        document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.notebook.write_text(json.dumps(document))

    def edit(self, path: Path, old: str, new: str) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_stage_that_was_just_written_is_in_step(project: Project) -> None:
    report = check_notebook(project.notebook)
    assert report.ok
    assert not report.findings
    (stage,) = report.stages
    assert (stage.cell, stage.module, stage.contract) == ("in step",) * 3


def test_line_ends_at_the_cells_end_make_no_difference(project: Project) -> None:
    project.write(HEAD + BODY.rstrip("\n"))
    assert check_notebook(project.notebook).ok
    project.write(HEAD + BODY + "\n\n")
    assert check_notebook(project.notebook).ok


def cell_moved(project: Project) -> None:
    project.write(HEAD + BODY.replace("len(rows)", "len(rows) + 1"))


def module_moved(project: Project) -> None:
    project.edit(project.module, "len(rows)", "len(rows) + 2")


def both_moved(project: Project) -> None:
    cell_moved(project)
    module_moved(project)


def contract_says_another_reducer(project: Project) -> None:
    project.edit(project.contract, 'reducer = "collect-json"', 'reducer = "concat-jsonl"')


def contract_names_another_function(project: Project) -> None:
    project.edit(project.contract, "stages/counts.py:counts", "stages/counts.py:count")


def contract_passes_too_much(project: Project) -> None:
    project.contract.write_text(project.contract.read_text() + "\n[parameters]\nlimit = 3\n")


def contract_gone(project: Project) -> None:
    project.contract.unlink()


def module_gone(project: Project) -> None:
    project.module.unlink()


def contract_broken(project: Project) -> None:
    project.contract.write_text("schema = ")


@pytest.mark.parametrize(
    ("change", "moved", "codes"),
    [
        (cell_moved, ("cell",), ["cell-moved"]),
        (module_moved, ("module",), ["module-moved"]),
        (both_moved, ("cell", "module"), ["cell-moved"]),
        (contract_says_another_reducer, ("contract",), ["contract-moved"]),
        (contract_names_another_function, ("contract",), ["contract-moved"]),
        (contract_passes_too_much, ("contract",), ["contract-moved"]),
        (contract_gone, ("contract",), ["contract-missing"]),
        (module_gone, ("module",), ["module-missing"]),
        (contract_broken, ("contract",), ["contract-unreadable"]),
    ],
)
def test_it_says_which_one_moved(
    project: Project, change: Callable[[Project], None], moved: tuple[str, ...], codes: list[str]
) -> None:
    change(project)
    report = check_notebook(project.notebook)
    assert not report.ok
    (stage,) = report.stages
    assert stage.moved() == moved
    assert [finding.code.removeprefix("in-step.") for finding in stage.findings] == codes


def test_both_moved_warns_of_losing_an_edit(project: Project) -> None:
    both_moved(project)
    (finding,) = check_notebook(project.notebook).findings
    assert "module was edited by hand too" in finding.message
    assert finding.cell == "2"


def test_a_cell_that_is_gone_is_told_and_fails_nothing(project: Project) -> None:
    project.write("x = 1", cell_id="other")
    report = check_notebook(project.notebook)
    assert report.ok
    assert [finding.code for finding in report.findings] == ["in-step.cell-missing"]
    assert report.stages[0].cell == "missing"


def test_a_stage_of_another_notebook_is_left_alone(project: Project) -> None:
    project.edit(project.contract, "work.ipynb", "else.ipynb")
    project.write("x = 1")
    module_moved(project)
    assert check_notebook(project.notebook).stages == ()


def test_a_cell_that_was_never_run_is_told(project: Project) -> None:
    project.write('%%parallel_stage totals --input "data/*.csv"\nx = 1')
    report = check_notebook(project.notebook)
    assert {stage.name: stage.moved() for stage in report.stages}["totals"] == ("contract",)
    assert not report.ok


def test_an_unreadable_notebook_is_one_finding(project: Project) -> None:
    project.notebook.write_text("{")
    report = check_notebook(project.notebook)
    assert len(report.findings) == 1
    assert not report.ok


def test_the_command_line_tells_it(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(project.notebook)]) == 0
    assert "counts: in step" in capsys.readouterr().out
    cell_moved(project)
    assert main(["check", str(project.notebook)]) == 1
    assert "counts: cell moved" in capsys.readouterr().out
    assert main(["check", str(project.notebook), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["stages"][0]["moved"] == ["cell"]


def hooks() -> dict[str, dict[str, object]]:
    return {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def test_the_hook_of_pre_commit_fails_and_passes_in_a_repository(project: Project) -> None:
    """Runs the hook as pre-commit does: its command, with the staged files that it asks for."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")

    def in_git(*words: str) -> str:
        told = subprocess.run([git, *words], cwd=project.folder, capture_output=True, text=True, check=True)
        return told.stdout

    in_git("init", "-q")
    in_git("add", ".")
    staged = in_git("diff", "--cached", "--name-only").split()
    notebooks = [name for name in staged if name.endswith(".ipynb")]
    assert notebooks == ["work.ipynb"]
    hook = hooks()["jupyter-agilab-in-step"]
    assert hook["types"] == ["jupyter"]
    program, *words = str(hook["entry"]).split()
    assert program == "jupyter-agilab"
    command = [sys.executable, "-m", "jupyter_agilab", *words, *notebooks]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=project.folder, env=environment, capture_output=True, text=True, check=False
        )

    assert run().returncode == 0
    cell_moved(project)
    told = run()
    assert told.returncode == 1
    assert "counts: cell moved" in told.stdout


def test_hooks_name_verbs_that_are_there() -> None:
    from jupyter_agilab.cli.command import parser

    for hook in hooks().values():
        _, *words = str(hook["entry"]).split()
        assert parser((words[0],)).parse_args([*words, "x.ipynb"])


def test_the_action_is_well_formed_and_its_commands_are_shell(tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        script = tmp_path / "step.sh"
        script.write_text(step["run"])
        assert step["shell"] == "bash"
        # what an author of a pull request may choose reaches the shell in variables, never as code
        assert "${{" not in step["run"]
        assert subprocess.run(["bash", "-n", str(script)], capture_output=True, check=False).returncode == 0


def test_the_actions_check_runs(project: Project) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    step = next(step for step in action["runs"]["steps"] if "in step" in step["name"])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable}

    def run(path: str) -> int:
        script = ["bash", "-eo", "pipefail", "-c", step["run"]]
        told = subprocess.run(
            script,
            cwd=project.folder,
            env={**environment, "LOOK_AT": path},
            capture_output=True,
            check=False,
        )
        return told.returncode

    assert run(".") == 0
    assert run("work.ipynb") == 0
    module_moved(project)
    assert run(".") != 0
    assert run("work.ipynb") == 1


def test_the_hook_for_new_loops_knows_what_was_agreed(project: Project) -> None:
    loop = "import pandas as pd\nout = []\nfor path in paths:\n    out.append(len(pd.read_csv(path)))\n"
    project.write(loop)
    _, *words = str(hooks()["jupyter-agilab-loops"]["entry"]).split()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run(*more: str) -> int:
        command = [sys.executable, "-m", "jupyter_agilab", *more]
        told = subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, check=False)
        return told.returncode

    assert run("migrate", ".", "--write-baseline") == 0
    (project.folder / "sub").mkdir()
    shutil.copy(project.notebook, project.folder / "sub" / "other.ipynb")
    assert run(*words, "work.ipynb") == 0
    assert run(*words, "work.ipynb", "sub/other.ipynb") == 1
    project.write("# moved\n\n" + loop)
    assert run(*words, "work.ipynb") == 0
    project.write(loop.replace("in paths", "in others"))
    assert run(*words, "work.ipynb") == 1


class TestAStageOfAWorkflow:
    """What feeds it is in the workflow's file, not in its contract."""

    LINE = "%%parallel_stage doubled --input counts --group g --replicas 2 --workflow flow\n"
    CELL = "result = 2 * counts\n"

    @pytest.fixture
    def workflow(self, project: Project) -> Path:
        self.add(project, "doubled", self.CELL, inputs=("counts",), group="g", replicas=2)
        self.show(project, self.LINE)
        return project.folder / "flow.workflow.toml"

    def add(self, project: Project, name: str, body: str, **joins: Any) -> None:
        context = CellContext(cell_id=name, notebook=project.notebook, folder=project.folder)
        draft = stage_from_cell(body, StageOptions(name=name), context, Joins(workflow="flow", **joins))
        write_stage(draft)

    def show(self, project: Project, line: str, body: str = CELL) -> None:
        project.write(HEAD + BODY)
        document = json.loads(project.notebook.read_text())
        more = {**document["cells"][-1], "id": "c2", "source": line + body}
        document["cells"].append(more)
        project.notebook.write_text(json.dumps(document))

    def told(self, project: Project) -> list[str]:
        return [finding.message for finding in check_notebook(project.notebook).findings]

    def test_just_written_it_is_in_step(self, project: Project, workflow: Path) -> None:
        assert self.told(project) == []

    def test_an_artifact_that_it_splits_is_in_step(self, project: Project, workflow: Path) -> None:
        body = "result = len(open(input_path).read())\n"
        self.add(project, "whole", body, inputs=("counts.artifact",), after=("doubled",))
        line = "%%parallel_stage whole --input=counts.artifact --after doubled --workflow=flow\n"
        self.show(project, line, body)
        assert not [told for told in self.told(project) if told.startswith("whole: ")]
        self.show(project, line.replace("--input=counts.artifact", "--input counts"), body)
        (told,) = (told for told in self.told(project) if told.startswith("whole: "))
        assert "input is 'counts.artifact' in flow.workflow.toml, and 'counts' on" in told

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("--group g", "--group h", "group is 'g' in flow.workflow.toml, and 'h' on"),
            ("--replicas 2", "--replicas 3", "replicas is '2' in flow.workflow.toml, and '3' on"),
            ("--input counts", "--input count", "--input count: there is no stage 'count' here"),
            ("--input counts", "--after counts", "after is '' in flow.workflow.toml, and 'counts' on"),
            (
                "--workflow flow",
                "--workflow other",
                "the cell puts it into other.workflow.toml, which",
            ),
        ],
    )
    def test_a_line_that_says_something_else(
        self, project: Project, workflow: Path, old: str, new: str, told: str
    ) -> None:
        self.show(project, self.LINE.replace(old, new))
        assert any(told in each for each in self.told(project)), self.told(project)

    def test_what_is_taken_out_of_the_workflow_is_told(self, project: Project, workflow: Path) -> None:
        text = workflow.read_text()
        workflow.write_text(text[: text.index("[stages.doubled]")])
        (told,) = self.told(project)
        assert "the cell puts it into flow.workflow.toml, which does not have it" in told

    def test_the_badge_says_in_step(self, project: Project, workflow: Path) -> None:
        standings = cell_standings(read_notebook(project.notebook))
        assert [each.standing for each in standings] == ["in step", "in step"]
