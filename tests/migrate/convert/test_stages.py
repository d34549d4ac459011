"""What is written besides the notebook (contracts, modules, grids), and what each form looks like."""

import ast
import json
import tomllib

import pytest

from jupyter_agilab.api import check
from jupyter_agilab.migration import apply


def converted(project, *cells, outputs, form="python", **more):
    made = project(*cells)
    migration = made.migrate(made.finding(outputs, **more), form=form)
    assert not migration.left, migration.left
    return made, migration


def test_a_pattern_of_files_is_the_contracts_input(project):
    made, migration = converted(
        project,
        "import glob\nimport pandas as pd\nlimit = 3",
        "out = []\nfor path in sorted(glob.glob('data/*.csv')):  # LOOP\n"
        "    table = pd.read_csv(path)\n    out.append(len(table[:limit]))",
        outputs={"out": "append"},
    )
    apply(migration)
    contract = tomllib.loads((made.folder / "each_path.parallel_stage.toml").read_text())
    assert (contract["split"], contract["input"]) == ("files", "data/*.csv")
    assert contract["parameters"] == {"limit": 3}
    assert contract["source"]["notebook"] == "work.ipynb"
    module = (made.folder / "stages" / "each_path.py").read_text()
    assert "def each_path(path: str, *, limit: int)" in module
    # a number of Python's needs no packing
    assert "pack" not in module
    assert "return len(table[:limit])" in module


PATTERNS = {
    "glob": ("import glob", "glob.glob('d/*.csv')", "d/*.csv"),
    "from glob": ("from glob import glob", "sorted(glob('d/*.csv'))", "d/*.csv"),
    "a name": ("import glob\nfiles = sorted(glob.glob('d/*.csv'))", "files", "d/*.csv"),
    "joined": ("import glob, os\nd = 'd'", "glob.glob(os.path.join(d, '*.csv'))", "d/*.csv"),
    "f-string": ("import glob\nd = 'd'", "glob.glob(f'{d}/*.csv')", "d/*.csv"),
    "added": ("import glob\nd = 'd/'", "glob.glob(d + '*.csv')", "d/*.csv"),
    "pathlib": ("from pathlib import Path", "Path('d').glob('*.csv')", "d/*.csv"),
    "pathlib below": ("from pathlib import Path", "Path('d').rglob('*.csv')", "d/**/*.csv"),
    "pathlib slash": ("import pathlib", "sorted((pathlib.Path('d') / 'e').glob('*.csv'))", "d/e/*.csv"),
    "tqdm": ("import glob\nfrom tqdm import tqdm", "tqdm(sorted(glob.glob('d/*.csv')))", "d/*.csv"),
    "recursive": ("import glob", "glob.glob('d/**/*.csv', recursive=True)", "d/**/*.csv"),
}
NOT_PATTERNS = {
    "not recursive": ("import glob", "glob.glob('d/**/*.csv')"),
    "changed": ("import glob\nfiles = glob.glob('d/*.csv')\nfiles.remove('d/a.csv')", "files"),
    "a part": ("import glob", "glob.glob('d/*.csv')[:3]"),
    "not normal": ("import glob", "glob.glob('./d/*.csv')"),
    "above": ("import glob", "glob.glob('../d/*.csv')"),
    "computed": ("import glob, os\nd = os.environ.get('D')", "glob.glob(d + '/*.csv')"),
    "another glob": ("def glob(text):\n    return [text]", "glob('d/*.csv')"),
    "listdir": ("import os", "os.listdir('d')"),
}


@pytest.mark.parametrize(("above", "iterable", "pattern"), PATTERNS.values(), ids=PATTERNS)
def test_patterns(project, above, iterable, pattern):
    _, migration = converted(
        project,
        above,
        f"out = []\nfor path in {iterable}:  # LOOP\n    out.append(str(path))",
        outputs={"out": "append"},
    )
    contract = migration.converted[0].draft.contract
    assert (contract.split, contract.input) == ("files", pattern)


@pytest.mark.parametrize(("above", "iterable"), NOT_PATTERNS.values(), ids=NOT_PATTERNS)
def test_other_files_are_noted_when_the_notebook_runs(project, above, iterable):
    _, migration = converted(
        project,
        above,
        f"out = []\nfor path in {iterable}:  # LOOP\n    out.append(str(path))",
        outputs={"out": "append"},
    )
    assert migration.converted[0].draft.contract.input == "each_path.items.json"


GRIDS = {
    "range": ("", "n", "range(3)", {"n": [0, 1, 2]}),
    "list": ("ns = [0.5, 'a', None]", "n", "ns", {"n": [0.5, "a", None]}),
    "product": (
        "from itertools import product",
        "a, b",
        "product([1, 2], 'xy')",
        {"a": [1, 2], "b": ["x", "y"]},
    ),
    "enumerate": ("", "i, n", "enumerate(['x', 'y'])", [{"i": 0, "n": "x"}, {"i": 1, "n": "y"}]),
    "zip": ("", "a, (b, c)", "zip([1], [(2, 3)])", [{"a": 1, "b": 2, "c": 3}]),
    "linspace": ("import numpy as np", "x", "np.linspace(0, 1, 3)", {"x": [0.0, 0.5, 1.0]}),
    "ParameterGrid": (
        "from sklearn.model_selection import ParameterGrid",
        "p",
        "ParameterGrid({'c': [1, 2], 'a': ['x']})",
        {"a": ["x"], "c": [1, 2]},
    ),
}
NOT_GRIDS = {
    "a tuple as an item": ("", "n", "[(1, 2), (3, 4)]"),
    "a set": ("", "n", "{1, 2}"),
    "changed": ("ns = [1]\nns.append(2)", "n", "ns"),
    "handed to a function": ("ns = [1]\ndef f(x):\n    x.append(2)\nf(ns)", "n", "ns"),
    "bound in a condition": ("import os\nns = [1]\nif os.environ:\n    ns = [2]", "n", "ns"),
    "too many": ("", "n", "range(10**6)"),
    "computed": ("ns = [n * 2 for n in range(3)]", "n", "ns"),
}


@pytest.mark.parametrize(("above", "target", "iterable", "grid"), GRIDS.values(), ids=GRIDS)
def test_grids(project, above, target, iterable, grid):
    flat = target.replace("(", "").replace(")", "")
    _, migration = converted(
        project,
        above or "pass",
        f"out = []\nfor {target} in {iterable}:  # LOOP\n    out.append(repr([{flat}]))",
        outputs={"out": "append"},
    )
    assert json.loads(migration.converted[0].grid) == grid
    assert list(json.loads(migration.converted[0].grid)) == list(grid)


@pytest.mark.parametrize(("above", "target", "iterable"), NOT_GRIDS.values(), ids=NOT_GRIDS)
def test_other_items_are_noted_when_the_notebook_runs(project, above, target, iterable):
    _, migration = converted(
        project,
        above or "pass",
        f"out = []\nfor {target} in {iterable}:  # LOOP\n    out.append(repr([{target}]))",
        outputs={"out": "append"},
    )
    assert migration.converted[0].grid is None
    assert migration.converted[0].draft.contract.input == "each_n.items.json"


def test_the_forms(project):
    cells = (
        "import math",
        "out = []\nready = True\nfor n in [1, 2]:  # LOOP\n"
        "    root = math.sqrt(n)\n    out.append(root)\nprint(out)",
    )
    made, python = converted(project, *cells, outputs={"out": "append"})
    assert [cell.source for cell in python.cells[1]] == [
        "from jupyter_agilab import parallel_steps\nout = []\nready = True\n"
        'for n, root in parallel_steps("each_n", [1, 2]):\n    out.append(root)\nprint(out)'
    ]
    magic = made.migrate(made.finding({"out": "append"}), form="magic")
    before, stage, after = (cell.source for cell in magic.cells[1])
    assert before == "%load_ext jupyter_agilab\nout = []\nready = True"
    assert stage == (
        '%%parallel_stage each_n --split parameter-sweep --input "each_n.grid.json" --item n --run\n'
        "from jupyter_agilab.exact import pack\nroot = math.sqrt(n)\npack(root)"
    )
    assert after == (
        "from jupyter_agilab import parallel_steps\n"
        "for n, root in parallel_steps(each_n, [1, 2]):\n    out.append(root)\nprint(out)"
    )
    assert [cell.keeps for cell in magic.cells[1]] == [False, False, True]
    plain = made.migrate(made.finding({"out": "append"}), form="functions")
    (cell,) = plain.cells[1]
    tree = ast.parse(cell.source)
    assert [type(node).__name__ for node in tree.body] == [
        *("Import", "ImportFrom", "FunctionDef", "Assign", "Assign", "For", "Expr")
    ]
    assert "jupyter_agilab" not in cell.source
    assert "get_ipython" not in cell.source
    assert cell.source.endswith(
        "for n in [1, 2]:  # LOOP\n    root = each_n(n)\n    out.append(root)\nprint(out)".replace(
            "  # LOOP", ""
        )
    )


def test_a_written_stage_passes_its_check(project):
    made, migration = converted(
        project, "out = []\nfor n in [1, 2]:  # LOOP\n    out.append(n + 1)", outputs={"out": "append"}
    )
    apply(migration)
    report = check(made.folder / "each_n.parallel_stage.toml")
    assert report.ok, report.findings


def test_names_of_the_notebook_are_not_hidden(project):
    _, migration = converted(
        project,
        "def pack(x):\n    return x\nunpack = step = each_n = value = 1",
        "out = {}\nfor n in sorted({2, 1}):  # LOOP\n    out[n] = pack((n, step))\n    y = pack(n)\nz = y",
        outputs={"out": "item", "y": "last"},
    )
    text = migration.converted[0].placed.source
    assert "import pack as pack_2, unpack as unpack_2" in text
    assert migration.converted[0].name == "each_n_2"
    (cell,) = migration.cells[1]
    assert "for n, step_2 in" in cell.source


def test_plain_functions_bring_their_imports(project):
    _, migration = converted(
        project,
        "import glob\nimport os.path\nimport pandas as pd\nfrom math import sqrt as root",
        "out = []\nfor path in glob.glob('d/*'):  # LOOP\n"
        "    out.append(root(os.path.getsize(path)))\nprint(os.sep)",
        outputs={"out": "append"},
        form="functions",
    )
    (cell,) = migration.cells[1]
    assert cell.source.startswith("import glob\nimport os.path\n")
    assert "from math import sqrt as root" in cell.source
    assert "pandas" not in cell.source
