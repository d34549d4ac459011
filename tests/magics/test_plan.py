"""``%parallel_plan`` and ``%parallel_trial``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyter_agilab.errors import PlanError, RunFailedError


def test_the_plan_is_that_of_the_machine_asked_for(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("%parallel_plan count --cores 32 --workers 32")
    assert "5 useful workers" in notebook.text
    assert "Plan of count" in notebook.html
    notebook.run("%parallel_plan count --cores 1 --workers 1 --partitions 2")
    assert "1 useful worker" in notebook.text
    assert "and 3 more partitions" in notebook.html


def test_a_plan_that_cannot_run_fails_the_cell_and_shows_why(stage: Callable[..., Any]) -> None:
    notebook = stage()
    for path in (notebook.folder / "data").iterdir():
        path.unlink()
    error = notebook.fails("%parallel_plan count")
    assert isinstance(error, PlanError)
    assert "no file matches" in str(error)
    assert "cannot run" in notebook.html


def test_a_trial_runs_the_partition_asked_for_and_nothing_else(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("%parallel_trial count --partition 3")
    assert "data/m3.csv" in notebook.text
    assert '"rows": 23' in notebook.text or '"rows":23' in notebook.text
    assert "data/m2.csv" not in notebook.text
    assert "Trial of count" in notebook.html
    assert not (notebook.folder / ".agilab/runs").exists()


def test_a_trial_of_a_function_that_raises_shows_the_users_traceback(five_files: Any) -> None:
    five_files.run('%%parallel_stage bad --input "data/*.csv"\nint(path)')
    error = five_files.fails("%parallel_trial bad")
    assert isinstance(error, RunFailedError)
    assert "ValueError: invalid literal" in str(error)
    assert "return int(path)" in five_files.text
    assert "invalid literal" in five_files.html


@pytest.mark.parametrize("number", [5, 99])
def test_a_partition_that_is_not_there_is_told(stage: Callable[..., Any], number: int) -> None:
    error = stage().fails(f"%parallel_trial count --partition {number}")
    assert isinstance(error, PlanError)
    assert "0 to 4" in str(error)


def test_a_preview_shows_what_the_function_receives(stage: Callable[..., Any]) -> None:
    notebook = stage()
    notebook.run("%parallel_plan count --preview 2")
    assert "data/m2.csv" in notebook.text
    assert "receives" in notebook.html
    assert not (notebook.folder / ".agilab/trials").exists()


def test_a_trial_of_sizes_lets_the_plan_tell_the_cost(
    stage: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    notebook = stage()
    notebook.run("%parallel_plan count")
    assert "Run a trial first" in notebook.html
    notebook.run("%parallel_trial count --sizes")
    assert "Small, median, large" in notebook.html
    notebook.run("%parallel_plan count")
    assert "Not worth running in parallel" in notebook.text
    assert "Other numbers of workers" in notebook.html
