"""Where names come from: objects without a source, IPython's text for tracebacks, cells out of order."""

from __future__ import annotations

import collections
import fractions
import json
import linecache
import math
import os.path
import re
import types
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from jupyter_agilab.extract.context import CellContext, ExecutedCell
from jupyter_agilab.extract.from_cell import extract
from jupyter_agilab.extract.imports import ImportLine, ImportTable, import_for


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("np", np, "import numpy as np"),
        ("os", os, "import os"),
        ("path", os.path, "import os.path as path"),
        ("la", np.linalg, "import numpy.linalg as la"),
        ("linalg", np.linalg, "from numpy import linalg"),
        ("loads", json.loads, "from json import loads"),
        ("read", json.loads, "from json import loads as read"),
        ("sqrt", math.sqrt, "from math import sqrt"),
        ("Fraction", fractions.Fraction, "from fractions import Fraction"),
        ("OD", collections.OrderedDict, "from collections import OrderedDict as OD"),
        ("DataFrame", pd.DataFrame, "from pandas import DataFrame"),
        ("LinearRegression", LinearRegression, "from sklearn.linear_model import LinearRegression"),
        ("sin", np.sin, "from numpy import sin"),
        ("biggest", max, "from builtins import max as biggest"),
        ("join", os.path.join, "from os.path import join"),
        ("Any", Any, "from typing import Any"),
    ],
)
def test_import_of_an_object_without_a_source(name: str, value: object, line: str) -> None:
    found = import_for(name, value)
    if name == "path":
        assert str(found) in {"import posixpath as path", "from os import path", line}
        return
    assert str(found) == line


@pytest.mark.parametrize("value", [object(), 3, "x", lambda: 0, re.compile("a"), types.SimpleNamespace()])
def test_objects_that_no_module_shows(value: object) -> None:
    assert import_for("nowhere_to_be_found", value) is None


def test_imports_are_sorted_and_grouped() -> None:
    table = ImportTable()
    for line in (
        ImportLine("numpy", None, "np"),
        ImportLine("os.path"),
        ImportLine("b_module", "x10"),
        ImportLine("b_module", "x9"),
        ImportLine("b_module", "Class"),
        ImportLine("b_module", "CONSTANT"),
        ImportLine("b_module", "x", "y"),
        ImportLine("__future__", "annotations"),
        ImportLine("json"),
        ImportLine("collections", "deque"),
    ):
        table.add(line)
    assert table.render() == [
        "from __future__ import annotations",
        "import json\nimport os.path\nfrom collections import deque",
        "import numpy as np\nfrom b_module import CONSTANT, Class, x9, x10\nfrom b_module import x as y",
    ]


def test_references_use_the_imports_that_are_there() -> None:
    table = ImportTable()
    table.add(ImportLine("datetime", None, "dt"))
    table.add(ImportLine("pandas", "DataFrame", "Frame"))
    assert table.reference("datetime", "date") == "dt.date"
    assert table.reference("pandas", "DataFrame", prefer="pd") == "Frame"
    assert table.reference("pandas", "Timestamp", prefer="pd") == "pd.Timestamp"
    table.taken = {"Path", "pl"}
    assert table.reference("pathlib", "Path") == "pathlib.Path"
    assert table.reference("polars", "DataFrame", prefer="pl") == "polars.DataFrame"


def test_function_known_only_from_the_text_of_tracebacks() -> None:
    text = "LIMIT = 3\n\n\ndef clean(x):\n    return x[:LIMIT]\n"
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, "<ipython-input-7-abc>", "exec"), namespace)
    linecache.cache["<ipython-input-7-abc>"] = (
        len(text),
        None,
        text.splitlines(keepends=True),
        "<ipython-input-7-abc>",
    )
    try:
        found = extract("clean(path)", name="work", split="files", context=CellContext(namespace=namespace))
    finally:
        del linecache.cache["<ipython-input-7-abc>"]
    assert "LIMIT = 3\n\n\ndef clean(x):\n    return x[:LIMIT]\n" in found.text()


def test_notebook_function_without_any_text_is_refused() -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("def clean(x): return x", namespace)
    found = extract("clean(path)", name="work", split="files", context=CellContext(namespace=namespace))
    assert [finding.code for finding in found.findings] == ["extract.not-copied"]


def executed(source: str, count: int, cell_id: str | None) -> ExecutedCell:
    return ExecutedCell(source=source, execution_count=count, cell_id=cell_id)


def stale(
    cells: list[ExecutedCell], notebook: dict[str, str] | None, **options: Any
) -> list[tuple[str, str]]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        exec(cell.source, namespace)
    context = CellContext(namespace=namespace, cells=cells, notebook_cells=notebook, cell_id="me", **options)
    found = extract("f(path)", name="work", split="files", context=context)
    return [(finding.severity, finding.code) for finding in found.findings]


OLD, NEW = "def f(x): return x\n", "def f(x): return x + 'new'\n"


@pytest.mark.parametrize(
    ("cells", "notebook", "expected"),
    [
        ([executed(OLD, 1, "a")], {"a": OLD, "me": ""}, []),
        ([executed(OLD, 1, "a"), executed(NEW, 2, "a")], {"a": NEW, "me": ""}, []),
        ([executed(OLD, 1, "a")], None, []),
        ([executed(OLD, 1, None)], {"a": OLD, "me": ""}, []),
        ([executed(OLD, 1, "a")], {"a": NEW, "me": ""}, [("warning", "extract.stale-edited")]),
        ([executed(OLD, 1, "a"), executed("g = 1", 2, "a")], None, [("warning", "extract.stale-edited")]),
        ([executed(OLD, 1, "a")], {"me": ""}, [("warning", "extract.stale-deleted")]),
        ([executed(OLD, 1, "a")], {"me": "", "a": OLD}, [("warning", "extract.stale-order")]),
        ([executed(OLD, 1, "me")], None, [("warning", "extract.stale-edited")]),
        ([executed(OLD, 1, None)], {"a": NEW}, [("warning", "extract.stale-edited")]),
        ([executed(OLD, 1, "a"), executed("f.note = 1", 2, "b")], None, [("error", "extract.changed-later")]),
        ([executed("exec('def f(x): return x')", 1, "a")], None, [("error", "extract.not-copied")]),
    ],
)
def test_names_that_the_notebook_would_not_give_again(
    cells: list[ExecutedCell], notebook: dict[str, str] | None, expected: list[tuple[str, str]]
) -> None:
    assert stale(cells, notebook) == expected


def test_stage_cells_themselves_bind_nothing() -> None:
    cells = [executed("%%parallel_stage other\ndef f(x): return 1", 1, "a")]
    context = CellContext(namespace={}, cells=cells)
    found = extract("f(path)", name="work", split="files", context=context)
    assert [finding.code for finding in found.findings] == ["extract.no-such-name"]


def test_magics_in_a_copied_function_are_told_about() -> None:
    typed = "x = 1\n\n\ndef fetch(name):\n    !wget {name}\n    %time y = len(name)\n    return y\n\n\n!ls\n"
    namespace: dict[str, Any] = {
        "fetch": types.FunctionType((lambda name: 0).__code__, {"__name__": "__main__"}, "fetch")
    }
    context = CellContext(namespace=namespace, cells=[ExecutedCell(source=typed, execution_count=4)])
    found = extract("fetch(path)", name="work", split="files", context=context)
    assert [(f.code, f.cell, f.line) for f in found.findings] == [
        ("cell.refused", "4", 5),
        ("cell.translated", "4", 6),
    ]


def test_files_beside_the_notebook_come_last_among_the_imports(tmp_path: Any) -> None:
    (tmp_path / "cleaning.py").write_text("def strip(x): return x")
    setup = "import cleaning\nimport numpy as np\nfrom toolbox import scale\n"
    (tmp_path / "toolbox").mkdir()
    (tmp_path / "toolbox" / "__init__.py").write_text("")
    cells = [ExecutedCell(source=setup, execution_count=1)]
    context = CellContext(cells=cells, folder=tmp_path)
    found = extract("scale(cleaning.strip(path)) + np.pi", name="work", split="files", context=context)
    assert "import numpy as np\n\nimport cleaning\nfrom toolbox import scale\n" in found.text()
    told = {capture.name: capture.explanation for capture in found.captures}
    assert told["cleaning"] == "import cleaning (a file beside the notebook, it travels with the stage)"
    assert told["np"] == "import numpy as np"
