"""``%parallel_run`` and the magics around it: results, failures, other people's runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.error import UsageError

from jupyter_agilab import api
from jupyter_agilab.errors import RunBusyError, RunFailedError, RunNotFoundError
from jupyter_agilab.result import StageResult

COUNTS = [{"file": f"data/m{number}.csv", "rows": 20 + number} for number in range(5)]
SLOW = (
    '%%parallel_stage slow --input "data/*.csv" --backend pool --workers 1\n'
    "import time\n"
    "time.sleep(60)\n"
    "{'file': path}"
)


def until(condition: Callable[[], bool], patience_s: float = 20.0) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


@pytest.mark.parametrize("backend", ["local", "pool"])
def test_run_leaves_the_result_under_the_stages_name(stage: Callable[..., Any], backend: str) -> None:
    notebook = stage()
    notebook.run(f"%parallel_run count --backend {backend} --workers 2")
    result = notebook.shell.user_ns["count"]
    assert isinstance(result, StageResult)
    assert list(result.records()) == COUNTS


def test_the_only_stage_needs_no_name(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("%parallel_run --backend local")
    assert list(notebook.shell.user_ns["count"].records()) == COUNTS


def test_a_second_run_takes_over_what_the_first_did(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("%parallel_run count --backend local")
    notebook.run("%parallel_run count --backend local")
    assert notebook.shell.user_ns["count"].reused == 5
    assert "5 of them from earlier runs" in notebook.text


def test_the_result_as_a_cells_value_shows_its_records(stage: Callable[..., Any]) -> None:
    notebook = stage("--run")
    notebook.run("count")
    shown = notebook.shown[-1].stdout
    assert "data/m3.csv" in shown
    data, _ = notebook.shell.display_formatter.format(notebook.shell.user_ns["count"])
    assert "<table>" in data["text/html"]
    assert "data/m3.csv" in data["text/plain"]


def test_plans_and_reports_of_the_api_have_displays_too(stage: Callable[..., Any]) -> None:
    notebook = stage()
    folder = notebook.folder / "count.parallel_stage.toml"
    for value, said in ((api.plan(folder), "Plan of count"), (api.trial(folder), "Trial of count")):
        data, _ = notebook.shell.display_formatter.format(value)
        assert said in data["text/html"]
        assert "count" in data["text/plain"]


def test_failed_partitions_show_the_users_own_tracebacks_by_cause(five_files: Any) -> None:
    five_files.run(
        '%%parallel_stage bad --input "data/*.csv" --backend local\n'
        "if '4' not in path:\n"
        "    raise LookupError(f'nothing in <{path}>')\n"
        "{'file': path}"
    )
    contract = five_files.folder / "bad.parallel_stage.toml"
    contract.write_text(contract.read_text("utf-8") + '\n[execution]\non_failure = "finish"\n', "utf-8")
    error = five_files.fails("%parallel_run bad")
    assert isinstance(error, RunFailedError)
    assert "LookupError: nothing in <data/m" in str(error)
    assert "4 partitions, line 3 of the cell: partition " in str(error)
    assert "artifacts/bad.partial.json lacks 4 partitions" in str(error)
    assert "%parallel_debug bad " in str(error)
    assert five_files.text.count("raise LookupError") == 1
    assert "The cell, line 3, in bad (stages/bad.py, line " in five_files.text
    assert "magics/" not in five_files.text
    assert "bad" in five_files.shell.user_ns
    assert not isinstance(five_files.shell.user_ns["bad"], StageResult)


def test_three_causes_are_shown_and_the_others_counted(five_files: Any) -> None:
    five_files.run(
        '%%parallel_stage bad --input "data/*.csv" --backend local\n'
        "if '0' in path:\n    raise LookupError\n"
        "if '1' in path:\n    raise ValueError\n"
        "if '2' in path:\n    raise OSError\n"
        "{}[path]"
    )
    contract = five_files.folder / "bad.parallel_stage.toml"
    contract.write_text(contract.read_text("utf-8") + '\n[execution]\non_failure = "finish"\n', "utf-8")
    error = five_files.fails("%parallel_run bad")
    assert five_files.text.count("Traceback (most recent call last)") == 3
    assert str(error).count(" of the cell: ") == 3
    assert "... and 1 more cause with 1 failed partition" in str(error)
    # two files have the same cause, so it comes first
    assert str(error).index("\n    2 partitions, line 8 of the cell") < str(error).index("\n    partition ")


def test_the_cells_line_is_not_told_once_the_module_was_edited(five_files: Any) -> None:
    five_files.run('%%parallel_stage bad --input "data/*.csv" --backend local\nint(path)')
    module = five_files.folder / "stages/bad.py"
    module.write_text(module.read_text("utf-8").replace("def bad", "X = 1\n\n\ndef bad"), "utf-8")
    error = five_files.fails("%parallel_run bad")
    assert "invalid literal" in str(error)
    assert "of the cell" not in str(error)


def test_what_the_reducer_refuses_is_one_message(five_files: Any) -> None:
    five_files.run(
        '%%parallel_stage odd --input "data/*.csv" --backend local --reducer concat-csv\n'
        "[{('even' if '0' in path else 'odd'): 1}]"
    )
    error = five_files.fails("%parallel_run odd")
    assert isinstance(error, RunFailedError)
    assert "data/m0.csv" in str(error) or "partition 0" in str(error)


def test_detach_leaves_the_run_going_and_attach_brings_its_result(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("%parallel_run count --backend local --detach")
    assert "%parallel_attach count" in notebook.text
    assert not isinstance(notebook.shell.user_ns["count"], StageResult)
    notebook.run("%parallel_attach count")
    assert list(notebook.shell.user_ns["count"].records()) == COUNTS


def test_a_run_by_the_start_of_its_id(stage: Callable[..., Any]) -> None:
    notebook = stage("--run --backend local")
    run_id = notebook.shell.user_ns["count"].run_id
    notebook.run("count = None")
    notebook.run(f"%parallel_attach {run_id[:-2]}")
    assert notebook.shell.user_ns["count"].run_id == run_id


def test_stop_ends_a_run_and_says_how_to_go_on(five_files: Any) -> None:
    five_files.run(SLOW)
    five_files.run("%parallel_run slow --detach")
    until(lambda: api.runs(five_files.folder)[0].state == "running")
    busy = five_files.fails("%parallel_run slow")
    assert isinstance(busy, RunBusyError)
    assert "%parallel_attach slow" in busy.hint
    assert "is under way" in str(busy)
    five_files.run("%parallel_stop")
    assert "was stopped" in five_files.text
    assert "Run again to go on" in five_files.text
    assert api.runs(five_files.folder)[0].state == "stopped"
    error = five_files.fails("%parallel_attach slow")
    assert isinstance(error, RunFailedError)


def test_runs_are_listed_newest_first(stage: Callable[..., Any]) -> None:
    notebook = stage("--run --backend local")
    first = notebook.shell.user_ns["count"].run_id
    notebook.run("%parallel_run count --backend local")
    second = notebook.shell.user_ns["count"].run_id
    notebook.run("%parallel_runs")
    ids = [word for word in notebook.text.split() if word in {first, second}]
    assert ids == [run.run_id for run in api.runs(notebook.folder)]
    notebook.run("%parallel_runs --last 1")
    assert "and 1 older run" in notebook.text
    notebook.run("%parallel_runs other")
    assert "there are no runs yet" in notebook.text


@pytest.mark.parametrize(
    ("line", "error", "said"),
    [
        ("%parallel_run", UsageError, "this folder has no stage yet"),
        ("%parallel_run nothing", UsageError, "there is no stage or contract 'nothing' here"),
        ("%parallel_run a b", UsageError, "b is not known here"),
        ("%parallel_run --workers 0 x", UsageError, "above 0"),
        ("%parallel_plan nothing", UsageError, "there is no stage"),
        ("%parallel_trial", UsageError, "this folder has no stage yet"),
        ("%parallel_attach", RunNotFoundError, "there are no runs yet"),
        ("%parallel_attach nothing", RunNotFoundError, "no run or stage named 'nothing'"),
        ("%parallel_stop", RunNotFoundError, "no run is under way"),
    ],
)
def test_misuse_is_a_sentence(notebook: Any, line: str, error: type[Exception], said: str) -> None:
    found = notebook.fails(line)
    assert isinstance(found, error)
    assert said in str(found)
    assert "Traceback" not in notebook.text
    assert "jupyter_agilab/" not in notebook.text


def test_a_near_miss_of_a_stages_name_is_suggested(stage: Callable[..., Any]) -> None:
    assert "did you mean 'count'?" in str(stage().fails("%parallel_run cuont"))


def test_the_readers_own_functions_stay_in_the_traceback(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("import jupyter_agilab\ndef go(name):\n    return jupyter_agilab.plan(name)")
    notebook.fails("go('nothing')")
    assert "in go" in notebook.text
    assert "api.py" not in notebook.text
