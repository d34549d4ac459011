"""The same cell gives the same bytes, in whatever process and order."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

from jupyter_agilab.extract.context import CellContext, ExecutedCell
from jupyter_agilab.extract.from_cell import extract

SCRIPT = """
from jupyter_agilab.extract.context import CellContext, ExecutedCell
from jupyter_agilab.extract.from_cell import extract

setup = '''import re, json, os.path
from math import *
A = {"x", "y", "z"}
B = {3: "c", 1: "a"}
def f(x): return g(x), A
def g(x): return sorted(B), json, os.path, sin
'''
namespace = {"__name__": "__main__"}
exec(setup, namespace)
context = CellContext(namespace=namespace, cells=[ExecutedCell(source=setup, execution_count=1)])
found = extract("f(path), re.sub, A, cos, unknown, os.path", name="work", split="files", context=context)
print(found.captures, found.findings)
found = extract("f(path), re.sub, A, cos, os.path", name="work", split="files", context=context)
print(found.text(), found.parameters)
"""


def test_hash_seeds_do_not_matter() -> None:
    outputs = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_extracting_twice_gives_equal_extractions(cases: list[Any]) -> None:
    for case in cases[::7]:
        assert case.extract() == case.extract()


def test_execution_numbers_do_not_reach_the_module() -> None:
    source = "def f(x):\n    return x\n"
    texts = set()
    for count in (1, 5):
        namespace = {"__name__": "__main__", "path": "a"}
        exec(source, namespace)
        context = CellContext(
            namespace=namespace,
            cells=[ExecutedCell(source=source, execution_count=count, cell_id="a")],
            execution_count=count + 1,
            cell_id="b",
        )
        texts.add(extract("f(path)", name="work", split="files", context=context).text())
        texts.add(
            extract("f(path)", name="work", split="files", context=replace(context, cell_id="c")).text()
        )
    assert len(texts) == 1


def test_an_equal_set_in_another_order_is_still_what_was_typed() -> None:
    # both fall into the same place of the table, so that the order is that of adding
    held = set([8, 0])  # noqa: C405
    assert repr(held) != repr(set([0, 8]))  # noqa: C405
    context = CellContext(
        namespace={"__name__": "__main__", "A": held, "B": ({8, 0}, 1)},
        cells=[ExecutedCell(source="A = {0, 8}\nB = ({0, 8}, 1)\n", execution_count=1)],
    )
    text = extract("sorted(A), B, path", name="work", split="files", context=context).text()
    assert "A = {0, 8}\n" in text
    assert "B = ({0, 8}, 1)\n" in text
