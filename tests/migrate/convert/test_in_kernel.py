"""The rewritten notebooks in real kernels, with real runs: each form gives the names of the original."""

import json

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_agilab.migration import apply, migrate, undo

CELLS = (
    """
import glob, os
import numpy as np
import pandas as pd
os.makedirs("data", exist_ok=True)
for number, name in enumerate("bac", 1):
    made = pd.DataFrame({"k": range(number + 1), "x": np.arange(number + 1) / 3})
    made.to_csv(f"data/{name}.csv", index=False)
weights = np.array([0.5, 2.0])
limit = 2
""",
    """
means, tables, total, best, best_path = [], {}, 0.1, -1, None
os.makedirs("out", exist_ok=True)
for path in glob.glob("data/*.csv"):
    table = pd.read_csv(path)
    mean = table.x.mean() * weights[1]
    means.append((path, mean))
    tables[path] = table[table.k < limit]
    total += table.x.sum()
    if mean > best:
        best, best_path = mean, path
    table.to_csv(path.replace("data", "out"))
print(len(means))
""",
    """
def simulate(rate, n):
    return np.random.default_rng(n).normal(scale=rate, size=200).mean(), np.full(2, n)
draws = [simulate(rate, 3) for rate in np.linspace(0.1, 0.5, 3)]
""",
    """
whole = pd.concat([pd.read_csv(p) for p in sorted(glob.glob("data/*.csv"))], ignore_index=True)
parts = {}
for key, part in whole.groupby("k"):
    parts[key] = part.describe()
""",
)
NAMES = ("means", "tables", "total", "best", "best_path", "draws", "whole", "parts", "path")
SHOW = f"""
import json as _json
from jupyter_agilab.exact import pack as _pack
print(_json.dumps({{name: _pack(globals()[name]) for name in {NAMES!r}}}))
"""


def notebook_in(folder):
    folder.mkdir()
    cells = [nbformat.v4.new_code_cell(cell.strip("\n"), id=f"c{n}") for n, cell in enumerate(CELLS)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "work.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def names_after(path):
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell(SHOW))
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(path.parent)}}).execute()
    return json.loads("".join(out["text"] for out in notebook.cells[-1].outputs if out["name"] == "stdout"))


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    path = notebook_in(tmp_path_factory.mktemp("original") / "n")
    values = names_after(path)
    return values, {each.name: each.read_bytes() for each in (path.parent / "out").iterdir()}


@pytest.mark.parametrize("form", ["python", "magic", "functions"])
def test_same_names_in_a_kernel(tmp_path, expected, form):
    values, files = expected
    path = notebook_in(tmp_path / "n")
    before = path.read_bytes()
    migration = migrate(path, form=form)
    assert {(each.finding.cell, each.finding.line) for each in migration.converted} >= {
        (1, 3),
        (2, 3),
        (3, 1),
        (3, 3),
    }
    apply(migration)
    nbformat.validate(nbformat.read(path, 4))
    found = names_after(path)
    for name in NAMES:
        assert found[name] == values[name], name
    assert {each.name: each.read_bytes() for each in (path.parent / "out").iterdir()} == files
    undo(path)
    assert path.read_bytes() == before
    if form != "magic":
        # the magic writes its stages anew in the kernel, from then on they are the reader's
        assert not list(path.parent.glob("stages/*.py"))
