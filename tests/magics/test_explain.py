"""``%parallel_explain``, and ``%parallel_run`` for some of the partitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError

from jupyter_agilab import api


def test_reasons_in_groups_as_text_and_html(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("%parallel_explain count")
    assert "all 5 partitions will run" in notebook.text
    assert "never ran" in notebook.html
    notebook.run("%parallel_run count --backend local")
    with (notebook.folder / "data/m3.csv").open("a") as out:
        out.write("1,2\n" * 500)
    notebook.run("%parallel_explain")
    assert "1 of 5 partitions will run, 4 results can be taken over" in notebook.text
    assert "input changed: size" in notebook.html
    assert "data/m3.csv" in notebook.html
    notebook.run("%parallel_explain count --changed")
    assert "reused from run" not in notebook.shown[-1].stdout


def test_an_explanation_as_a_cells_value(stage: Callable[..., Any]) -> None:
    notebook = stage()
    explanation = api.explain(notebook.folder / "count.parallel_stage.toml")
    data, _ = notebook.shell.display_formatter.format(explanation)
    assert "What a run of count would do" in data["text/html"]
    assert "never ran" in data["text/plain"]


def test_only_and_force(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("%parallel_run count --backend local")
    notebook.run("%parallel_run count --backend local --only 0-1 --force")
    assert notebook.shell.user_ns["count"].reused == 3
    notebook.run("%parallel_run count --backend local --force")
    assert notebook.shell.user_ns["count"].reused == 0


def test_a_choice_that_means_nothing_fails_the_cell(stage: Callable[..., Any]) -> None:
    notebook = stage()
    error = notebook.fails("%parallel_run count --only failed")
    assert isinstance(error, UsageError)
    assert "no partition failed last time" in str(error)
