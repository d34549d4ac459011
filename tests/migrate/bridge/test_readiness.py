"""Readiness: AGILAB's findings and scores, and Python's scoping where flat sets of names are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_agilab.migrate.bridge.preflight import preflight
from jupyter_agilab.migrate.bridge.readiness import readiness


def notebook(*cells: tuple[str, int | None] | str, texts: bool = True) -> dict[str, Any]:
    made: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": "# x"}] if texts else []
    for cell in cells:
        source, count = (cell, None) if isinstance(cell, str) else cell
        made.append({"cell_type": "code", "source": source, "metadata": {}, "execution_count": count})
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def codes(document: dict[str, Any]) -> list[str]:
    return [finding.code.removeprefix("agilab.") for finding in readiness(document).findings]


LOAD = "from pathlib import Path\nimport pandas as pd\ndf = pd.read_csv(Path('data/x.csv'))"


@pytest.mark.parametrize(
    ("document", "status", "score", "found"),
    [
        (notebook(LOAD), "pass", 100, []),
        (notebook(LOAD, "p = Path('data/y.csv')"), "warn", 90, ["hidden-global"]),
        (
            notebook((LOAD, 1), "p = Path('data/y.csv')"),
            "warn",
            80,
            ["hidden-global", "partial-execution-counts"],
        ),
        (
            notebook((LOAD, 5), ("p = Path('data/y.csv')", 2), "print(1)"),
            "warn",
            68,
            ["hidden-global", "partial-execution-counts", "execution-order-risk", "scratch-cell"],
        ),
        (notebook("x = (", "y = unknown + 1"), "fail", 50, ["syntax-error", "missing-name"]),
        (notebook("f(1)", "def f(x):\n    return x"), "fail", 75, ["missing-name"]),
    ],
)
def test_scores_are_agilabs(document: dict[str, Any], status: str, score: int, found: list[str]) -> None:
    report = readiness(document)
    assert (report.status, report.score, codes(document)) == (status, score, found)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        # the name of a comprehension, an argument or an exception is not there for the next cell
        (notebook("squares = [v * v for v in range(3)]", "w = v"), ["missing-name"]),
        (notebook("def f(path):\n    return path", "w = path"), ["missing-name"]),
        (notebook("try:\n    w = 1\nexcept ValueError as e:\n    pass", "x = e"), ["missing-name"]),
        (notebook("class A:\n    size = 3", "w = size"), ["missing-name"]),
        # what is read before the cell binds it comes from outside
        (notebook("x = 1", "x = x + 1"), ["hidden-global"]),
        (notebook("x += 1"), ["missing-name"]),
        # a module has these
        (notebook("folder = __file__", "n = __name__"), []),
        # a function may use what the cell defines below it
        (notebook("def f():\n    return g()\ndef g():\n    return 1\nf()"), []),
        # a loop's variable stays, in Python
        (notebook("for v in range(3):\n    pass", "w = v"), ["hidden-global"]),
        (notebook("x = 1\ndel x", "y = x"), ["missing-name"]),
        # a cell that also computes is more than a look
        (notebook("x = 1\nprint(x)"), []),
        (notebook("display(1)"), ["scratch-cell"]),
        # who knows what a star brings
        (notebook("from numpy import *", "y = sin(1)"), []),
    ],
)
def test_pythons_scopes_decide(document: dict[str, Any], found: list[str]) -> None:
    assert codes(document) == found


def test_a_name_that_comes_later_is_told() -> None:
    (finding,) = readiness(notebook("y = x", "x = 1")).findings
    assert "below it are defined: x" in finding.message
    assert (finding.cell, finding.line) == ("2", 1)


def test_magics_are_what_agilab_takes_for_a_mistake() -> None:
    (finding,) = readiness(notebook("%matplotlib inline\nx = 1")).findings
    assert (finding.code, finding.severity) == ("agilab.ipython-syntax", "warning")
    (finding,) = readiness(notebook("files = !ls")).findings
    assert finding.severity == "error"


def test_files_are_sorted_by_what_the_code_does_with_them() -> None:
    source = (
        "import json\nfrom pathlib import Path\nwhere = Path('out') / 'a.json'\n"
        "table = read_csv('in.csv')\nwhere.write_text('x')\nopen('log.txt', 'w')\nopen('b.txt')\n"
        "name = 'c.png'"
    )
    (cell,) = readiness(notebook(source)).cells
    assert cell.files.inputs == ("b.txt", "in.csv")
    assert cell.files.outputs == ("a.json", "log.txt")
    assert cell.files.unclear == ("c.png",)
    assert cell.role == "export"


@pytest.mark.parametrize(
    ("document", "status", "rules"),
    [
        (notebook("x = 1"), "ready", []),
        (notebook(("x = 1", 1)), "ready", ["execution-history-present"]),
        (notebook("x = 1", texts=False), "review", ["missing-markdown-context"]),
        (notebook("  "), "blocked", ["no-code-cells"]),
        (notebook("!pip install x"), "review", ["dependency-install", "shell-execution"]),
        (notebook("import requests\nrequests.get('https://x')"), "review", ["network-access"]),
        (notebook("import ipywidgets"), "review", ["interactive-widget"]),
        (notebook("get_ipython()"), "review", ["hidden-notebook-state"]),
        (notebook("open('/home/me/x.csv')"), "review", ["absolute-path"]),
        (notebook("open('/data/x.csv')"), "ready", []),
    ],
)
def test_the_preflight_is_agilabs(document: dict[str, Any], status: str, rules: list[str]) -> None:
    report = preflight(document)
    assert report.status == status
    assert [finding.code.removeprefix("agilab.") for finding in report.findings] == rules
    assert report.safe_to_import == (status != "blocked")
