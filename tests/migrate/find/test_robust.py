"""Notebooks that are broken in some way: one clear message, never an exception."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.cells.notebook import read_notebook
from jupyter_agilab.migrate.finder import find_loops
from jupyter_agilab.migrate.finding import NotebookFindings

LOOP = "from lab import work\nout = []\nfor x in load():\n    out.append(work(x))\n"


def code(source: str) -> dict[str, Any]:
    """Give a code cell of format 4."""
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}


def notebook(*sources: str, **metadata: Any) -> str:
    """Give a notebook file's text."""
    cells = [code(source) for source in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": cells})


def found(folder: Path, text: str) -> NotebookFindings:
    """Write the text as a notebook and look at it."""
    path = folder / "some.ipynb"
    path.write_text(text, "utf-8")
    return find_loops(read_notebook(path))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "notebook.not-json"),
        ("{", "notebook.not-json"),
        ("[]", "notebook.format"),
        ('{"cells": []}', "notebook.format"),
        (notebook(LOOP)[:-30], "notebook.not-json"),
        (
            notebook(LOOP, kernelspec={"language": "R", "name": "ir", "display_name": "R"}),
            "notebook.language",
        ),
        (notebook(LOOP, language_info={"name": "julia"}), "notebook.language"),
        ("<<<<<<< HEAD\n" + notebook(LOOP), "notebook.not-json"),
    ],
)
def test_what_cannot_be_read_is_one_problem_and_no_loops(tmp_path: Path, text: str, problem: str) -> None:
    findings = found(tmp_path, text)
    assert findings.loops == ()
    assert [each.code for each in findings.problems] == [problem]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    findings = find_loops(read_notebook(tmp_path / "none.ipynb"))
    assert [each.code for each in findings.problems] == ["notebook.missing"]


def test_a_cell_that_does_not_parse_is_told_and_the_others_are_looked_at(tmp_path: Path) -> None:
    findings = found(tmp_path, notebook("for x in (1, 2:\n    pass", LOOP))
    assert [each.code for each in findings.problems] == ["migrate.syntax"]
    assert "cell 0, line 1" in findings.problems[0].message
    assert [loop.cell for loop in findings.loops] == [1]


def test_an_unfinished_merge_in_a_cell_is_told_as_one(tmp_path: Path) -> None:
    merged = f"<<<<<<< HEAD\n{LOOP}=======\n{LOOP}>>>>>>> other\n"
    findings = found(tmp_path, notebook(merged, LOOP))
    assert [each.code for each in findings.problems] == ["migrate.merge-conflict"]
    assert [loop.cell for loop in findings.loops] == [1]


def test_format_3_is_read(tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "input": LOOP,
        "language": "python",
        "outputs": [],
        "collapsed": False,
        "metadata": {},
    }
    text = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    findings = found(tmp_path, json.dumps(text))
    assert [loop.verdict for loop in findings.loops] == ["convert"]


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "(" * 150 + "1" + ")" * 150 + "\n" + LOOP,
        "x = " + "+".join(["1"] * 5000) + "\n" + LOOP,
        "x = " + "f(" * 90 + "1" + ")" * 90 + "\n" + LOOP,
        "\n".join(" " * i + "if x:" for i in range(90)) + "\n" + " " * 90 + "for y in x: out.append(work(y))",
        "\n".join(" " * i + f"for x{i} in z:" for i in range(19)) + "\n" + " " * 19 + "out.append(work(x1))",
        "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\nout = [f(x) for x in load()]",
        ("for x in load():\n    a[b][c].d, *e = work(x)\n    (f, (g, h)), i = work(x)\n    del a[x], f"),
        (
            "for x in load():\n    match work(x):\n"
            "        case {'a': [y, *z], **q}:\n            out.append(y)"
        ),
        "for a.b in load():\n    work(a)",
        "for a[0] in load():\n    work(a)",
        "async def f():\n    async for x in y:\n        yield x",
        (
            "class A(B, metaclass=C):\n    x = [work(y) for y in z]\n"
            "    def f(self, *a):\n        return [work(v) for v in a]"
        ),
        "for x in load():\n    global y\n    y = work(x)",
        "for x in load():\n    class A:\n        z = work(x)\n    out.append(A)",
        "print(*[work(x) for x in load()], **{k: work(k) for k in load()})",
        "[[[work(a, b, c) for a in b] for b in c] for c in load()]",
        "for x in x:\n    x = work(x)",
        "lambda: [work(x) for x in load()]",
    ],
)
def test_odd_code_is_no_exception(tmp_path: Path, source: str) -> None:
    findings = found(tmp_path, notebook(source))
    assert all(loop.message for loop in findings.loops)


def test_a_notebook_of_50_megabytes_is_looked_at(tmp_path: Path) -> None:
    cell = code(LOOP)
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 50_000_000}]
    text = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    findings = found(tmp_path, json.dumps(text))
    assert [loop.verdict for loop in findings.loops] == ["convert"]


def test_a_cell_of_50_megabytes_is_one_problem(tmp_path: Path) -> None:
    findings = found(tmp_path, notebook("data = '" + "x" * 50_000_000 + "'", LOOP))
    assert [each.code for each in findings.problems] == ["migrate.long-cell"]
    assert [loop.cell for loop in findings.loops] == [1]


def test_a_thousand_cells_take_no_minute(tmp_path: Path) -> None:
    """The measured figure is in the benchmarks; this only sees a time that grows with the square."""
    cells = [
        f"def f{i}(x):\n    return work(x, {i})\n{LOOP}r{i} = [f{i}(x) for x in out]" for i in range(1000)
    ]
    started = time.process_time()
    findings = found(tmp_path, notebook(*cells))
    assert len(findings.loops) == 2000
    assert time.process_time() - started < 60
