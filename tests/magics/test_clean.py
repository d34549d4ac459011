"""``%parallel_clean`` and what ``%parallel_runs`` shows of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.error import UsageError

from jupyter_agilab import api


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no other process's temporary folders be in what a test sees."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


def test_it_shows_first_and_removes_with_yes(stage: Callable[..., Any]) -> None:
    notebook = stage("--run --backend local")
    notebook.run("%parallel_run count --backend local")
    newest, older = api.runs(notebook.folder)
    notebook.run("%parallel_clean --keep 0")
    assert "1 run would go" in notebook.text
    assert "The same line with --yes does it." in notebook.text
    assert "newest finished run" in notebook.html
    assert len(api.runs(notebook.folder)) == 2
    notebook.run("%parallel_clean --keep 0 --yes")
    assert "removed 1 run" in notebook.text
    assert "--yes does it" not in notebook.text
    assert [run.run_id for run in api.runs(notebook.folder)] == [newest.run_id]
    assert older.run_id in notebook.html
    notebook.run("%parallel_clean count --all --yes")
    assert api.runs(notebook.folder) == []
    assert (notebook.folder / "artifacts").exists()


def test_runs_are_listed_by_state_with_what_they_take(stage: Callable[..., Any]) -> None:
    notebook = stage("--run --backend local")
    notebook.run("%parallel_runs --state finished")
    assert "1 run, " in notebook.text
    assert "on disk" in notebook.text
    assert "1 run, " in notebook.html
    notebook.run("%parallel_runs --state failed")
    assert "there are no runs yet" in notebook.text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%parallel_clean --older-than soon", "no time span"),
        ("%parallel_clean --keep -1", "expected a whole number"),
        ("%parallel_clean --everything", "is not known here"),
        ("%parallel_runs --state gone", "invalid choice"),
    ],
)
def test_misuse_is_a_sentence(notebook: Any, line: str, said: str) -> None:
    error = notebook.fails(line)
    assert isinstance(error, UsageError)
    assert said in str(error)
    assert "Traceback" not in notebook.text


def test_flags_are_completed(stage: Callable[..., Any]) -> None:
    from jupyter_agilab.magics.clean import CLEAN
    from jupyter_agilab.magics.completion import candidates

    stage()
    assert candidates(CLEAN, [], ends_with_blank=True)[0] == "count"
    assert "--older-than" in candidates(CLEAN, ["count", "--o"], ends_with_blank=False)
