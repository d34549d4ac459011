"""Notebooks read as cells; what is wrong with one is a finding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.cells import read_notebook


def written(tmp_path: Path, document: Any) -> Path:
    path = tmp_path / "a.ipynb"
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def test_cells_with_their_ids_and_numbers(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_code_cell("%time x = 1\nx", execution_count=4),
        nbformat.v4.new_code_cell("ä = 'ö'"),
    ]
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook, path)
    found = read_notebook(path)
    assert found.findings == ()
    assert [cell.kind for cell in found.cells] == ["markdown", "code", "code"]
    assert [cell.source for cell in found.code_cells] == ["%time x = 1\nx", "ä = 'ö'"]
    assert [cell.execution_count for cell in found.code_cells] == [4, None]
    assert [cell.index for cell in found.code_cells] == [1, 2]
    assert [cell.id for cell in found.cells] == [cell.id for cell in notebook.cells]


def test_source_as_lines_and_cells_without_ids(tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "source": ["a = 1\n", "b"],
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    path = written(tmp_path, {"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": [cell]})
    found = read_notebook(path)
    assert [(c.source, c.id) for c in found.cells] == [("a = 1\nb", "")]


def test_old_format_is_converted(tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "input": ["a = 1"],
        "language": "python",
        "metadata": {},
        "outputs": [],
        "collapsed": False,
    }
    sheet = {"cells": [cell], "metadata": {}}
    path = written(
        tmp_path, {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}
    )
    assert [c.source for c in read_notebook(path).cells] == ["a = 1"]


@pytest.mark.parametrize(
    ("document", "code", "line"),
    [
        ("", "notebook.not-json", 1),
        ('{\n "nbformat": 4,,\n}', "notebook.not-json", 2),
        ("[1]", "notebook.format", None),
        ("{}", "notebook.format", None),
        ({"nbformat": "4"}, "notebook.format", None),
        ({"nbformat": 4, "cells": {}}, "notebook.format", None),
        ({"nbformat": 99}, "notebook.format", None),
        ({"nbformat": 3, "worksheets": 7}, "notebook.format", None),
        (
            {"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"language": "R"}}},
            "notebook.language",
            None,
        ),
        ({"nbformat": 4, "cells": [3, {"cell_type": "x"}]}, "notebook.cell", None),
    ],
)
def test_what_is_no_notebook(tmp_path: Path, document: Any, code: str, line: int | None) -> None:
    found = read_notebook(written(tmp_path, document))
    assert {finding.code for finding in found.findings} == {code}
    assert found.findings[0].line == line
    assert found.findings[0].path == str(tmp_path / "a.ipynb")
    assert found.cells == ()


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    assert [f.code for f in read_notebook(tmp_path / "none.ipynb").findings] == ["notebook.missing"]
    (tmp_path / "b.ipynb").write_bytes(b"\xff\xfe")
    assert [f.code for f in read_notebook(tmp_path / "b.ipynb").findings] == ["notebook.unreadable"]
    assert [f.code for f in read_notebook(tmp_path).findings] == ["notebook.unreadable"]


KEYS = (
    "nbformat",
    "nbformat_minor",
    "cells",
    "cell_type",
    "source",
    "metadata",
    "worksheets",
    "id",
    "input",
    "language_info",
)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 100) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.dictionaries(st.sampled_from(KEYS), values, max_size=6), st.sampled_from([0, 1, 2, 3, 4, 5, 10**9, -1])
)
def test_no_document_raises(tmp_path: Path, document: dict[str, Any], version: int) -> None:
    found = read_notebook(written(tmp_path, {**document, "nbformat": version}))
    assert found.path.name == "a.ipynb"
    for cell in found.cells:
        assert isinstance(cell.source, str)
