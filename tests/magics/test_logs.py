"""``%parallel_logs``: in text and HTML, of the newest run or another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError

from jupyter_agilab import api
from jupyter_agilab.errors import RunNotFoundError
from jupyter_agilab.panel.run_view import RunView
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.log_tail import LogTail

SAYS = (
    '%%parallel_stage says --input "data/*.csv" --backend local\n'
    "import warnings\n"
    "print('<b>', path)\n"
    "warnings.warn('careful')\n"
    "{'file': path}"
)


@pytest.fixture
def said(five_files: Any) -> Any:
    five_files.run(SAYS)
    five_files.run("%parallel_run says")
    return five_files


def test_the_newest_run_is_shown(said: Any) -> None:
    said.run("%parallel_logs")
    assert "partition 2 (data/m2.csv), on worker-0:\n  <b> data/m2.csv\n! stages/says.py:" in said.text
    assert "&lt;b&gt; data/m4.csv" in said.html
    assert said.text.count("UserWarning: careful") == 5


def test_choices(said: Any) -> None:
    said.run("%parallel_logs says 1 --stream stdout")
    assert "data/m1.csv" in said.text
    assert "data/m0.csv" not in said.text
    said.run('%parallel_logs says --grep "<b>" --tail 2')
    assert "data/m3.csv" in said.text
    assert "data/m2.csv" not in said.text
    assert "These are the last 2 lines; --tail 0 shows all." in said.text
    said.run("%parallel_logs says --failed")
    assert "No line." in said.html


def test_misuse(said: Any) -> None:
    assert "no partition 9" in str(said.fails("%parallel_logs says 9"))
    assert "not a regular expression" in str(said.fails('%parallel_logs says --grep "("'))
    assert isinstance(said.fails("%parallel_logs says --stream in"), UsageError)


def test_no_run_yet(notebook: Any) -> None:
    assert isinstance(notebook.fails("%parallel_logs"), RunNotFoundError)


def test_a_run_that_is_watched_shows_what_was_printed_last(said: Any) -> None:
    status = api.attach("says", said.folder).refresh()
    run = RunDirectory(Path(status.run_dir))
    html = str(RunView(status, printed=LogTail(run).poll()).html())
    assert "partition 4 out: &lt;b&gt; data/m4.csv" in html
    assert "Printed last" not in str(RunView(status).html())
