"""What the kernel knows about its cells and its notebook."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.magics import _SESSION
from jupyter_agilab.magics.session import Session, below_header, notebook_path


def session_of(notebook: Any) -> Session:
    return getattr(notebook.shell, _SESSION)


def saved(notebook: Any, cells: dict[str, str], *, seconds_ago: float) -> Path:
    """Write the notebook's file as it was saved some time ago."""
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "id": name,
                "source": source,
                "metadata": {},
                "outputs": [],
                "execution_count": None,
            }
            for name, source in cells.items()
        ],
    }
    path = notebook.write("flights.ipynb", json.dumps(document))
    then = path.stat().st_mtime - seconds_ago
    os.utime(path, (then, then))
    return path


def ran(notebook: Any, cell_id: str | None, source: str) -> None:
    notebook.shell.run_cell(source, store_history=True, cell_id=cell_id)


@pytest.mark.parametrize(
    ("raw", "body", "line"),
    [
        ("%%parallel_stage a\nx\ny", "x\ny", 2),
        ("%%time\n%%parallel_stage a\nx", "x\n", 3),
        ("%%time\n\n%%parallel_stage a\n\n# c\nx\n", "\n# c\nx\n", 4),
        ("x\ny", "x\ny", None),
        ("%%parallel_stage a\nx", "y", None),
        ("", "x", None),
    ],
)
def test_where_the_text_below_the_header_starts(raw: str, body: str, line: int | None) -> None:
    assert below_header(raw, body) == line


def test_the_cells_that_ran_are_known_in_order_without_the_running_one(notebook: Any) -> None:
    ran(notebook, "one", "a = 1")
    ran(notebook, None, "a +")
    ran(notebook, "three", "  ")
    ran(notebook, "one", "a = 2")
    session = session_of(notebook)
    seen = []
    notebook.shell.user_ns["look"] = lambda: seen.append(session.context("look()"))
    ran(notebook, "last", "%%time\nlook()")
    (context,) = seen
    told = [(cell.execution_count, cell.cell_id, cell.source) for cell in context.cells]
    assert told == [
        (1, None, "%load_ext jupyter_agilab"),
        (2, "one", "a = 1"),
        (3, None, "a +"),
        (4, "one", "a = 2"),
    ]
    assert (context.execution_count, context.cell_id, context.first_line) == (5, "last", 2)
    assert context.folder == notebook.folder
    assert context.namespace["a"] == 2


def test_what_ipython_puts_in_place_of_pythons_own_is_not_the_users(notebook: Any) -> None:
    assert "open" not in session_of(notebook).context("x").namespace
    notebook.run("open = 3")
    assert session_of(notebook).context("x").namespace["open"] == 3


@pytest.mark.parametrize(
    "cell_id", ["vscode-notebook-cell:/home/ann/x.ipynb#W0sZmlsZQ==", "a b", "", 7, "x" * 65]
)
def test_an_id_that_is_no_cell_id_is_not_kept(notebook: Any, cell_id: Any) -> None:
    ran(notebook, cell_id, "a = 1")
    assert session_of(notebook).context("a = 1").cells[-1].cell_id is None


def test_the_notebook_as_vs_code_and_a_server_tell_it(notebook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(notebook, {}, seconds_ago=0)
    assert notebook_path(notebook.shell) is None
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    assert notebook_path(notebook.shell) == path.resolve()
    monkeypatch.setenv("JPY_SESSION_NAME", "Console 1")
    assert notebook_path(notebook.shell) is None
    notebook.shell.user_ns["__vsc_ipynb_file__"] = str(path)
    assert notebook_path(notebook.shell) == path.resolve()
    path.unlink()
    assert notebook_path(notebook.shell) is None


def test_the_contract_names_the_notebook_and_the_cell(
    five_files: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tomllib

    monkeypatch.setenv("JPY_SESSION_NAME", str(saved(five_files, {}, seconds_ago=0)))
    ran(five_files, "abc-1", '%%parallel_stage count --input "data/*.csv"\n{"file": path}')
    source = tomllib.loads((five_files.folder / "count.parallel_stage.toml").read_text("utf-8"))["source"]
    assert (source["notebook"], source["cell"]) == ("flights.ipynb", "abc-1")


def test_a_cell_edited_after_it_ran_is_seen_once_the_notebook_is_saved(
    notebook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(notebook)
    session._started.clear()
    notebook.shell.history_manager.input_hist_raw[1:] = []
    ran(notebook, "one", "a = 1")
    ran(notebook, "two", "b = 1")
    before = saved(notebook, {"one": "a = 99", "two": "b = 1"}, seconds_ago=60)
    monkeypatch.setenv("JPY_SESSION_NAME", str(before))
    # the file is older than the runs: what ran is newer
    assert session.context("x").notebook_cells == {"one": "a = 1", "two": "b = 1"}
    saved(notebook, {"one": "a = 99"}, seconds_ago=-60)
    assert session.context("x").notebook_cells == {"one": "a = 99"}


def test_without_ids_nothing_is_said_about_the_notebook(
    notebook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(notebook, None, "a = 1")
    monkeypatch.setenv("JPY_SESSION_NAME", str(saved(notebook, {"one": "a = 2"}, seconds_ago=0)))
    assert session_of(notebook).context("x").notebook_cells is None


def test_loading_twice_and_unloading(notebook: Any) -> None:
    events = notebook.shell.events.callbacks["pre_run_cell"]
    count = len(events)
    notebook.run("%load_ext jupyter_agilab")
    notebook.run("%reload_ext jupyter_agilab")
    assert len(events) == count
    notebook.run("%unload_ext jupyter_agilab")
    assert len(events) == count - 1
    notebook.run("%load_ext jupyter_agilab")
    assert len(events) == count
