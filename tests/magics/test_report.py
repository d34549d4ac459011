"""``%parallel_report``: a page beside the artifact, and a link to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from jupyter_agilab.errors import OutputError, RunNotFoundError


def test_the_newest_run_is_reported_beside_the_artifact(stage: Callable[..., Any]) -> None:
    notebook = stage("--run --backend local --output artifacts/count.json")
    notebook.run("%parallel_report")
    page = notebook.folder / "artifacts/count.report.html"
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert "All 5 partitions were done" in notebook.text
    [link] = re.findall(r'href="([^"]+)"', notebook.html)
    assert (notebook.folder / link) == page


def test_a_file_of_ones_own_choice(stage: Callable[..., Any]) -> None:
    notebook = stage("--run --backend local")
    notebook.run('%parallel_report count --output "my report.html"')
    assert 'href="my%20report.html"' in notebook.html
    assert (notebook.folder / "my report.html").is_file()


def test_where_jupyter_shows_no_file_there_is_no_link(stage: Callable[..., Any]) -> None:
    notebook = stage("--run --backend local")
    notebook.run("%parallel_report count --output .agilab/report.html")
    assert "href" not in notebook.html
    assert ".agilab/report.html" in notebook.html


def test_other_peoples_files_stay(stage: Callable[..., Any]) -> None:
    notebook = stage("--run --backend local")
    notebook.write("mine.html", "mine")
    assert isinstance(notebook.fails("%parallel_report count --output mine.html"), OutputError)
    assert (notebook.folder / "mine.html").read_text() == "mine"


def test_without_a_run_there_is_no_report(stage: Callable[..., Any]) -> None:
    notebook = stage()
    assert isinstance(notebook.fails("%parallel_report"), RunNotFoundError)
    assert isinstance(notebook.fails("%parallel_report count"), RunNotFoundError)
