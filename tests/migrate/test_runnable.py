"""Notebooks that run: migrated, they leave the same values and files, and they are restored byte for byte.

The comparison is not the product's own ``--verify``: both forms of all notebooks run in two plain processes.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest

from jupyter_agilab.migration import apply, migrate, undo
from jupyter_agilab.migration.verify import verify

FOLDER = Path(__file__).parent / "runnable"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Case:
    """A notebook: its cells, and the names to compare."""

    name: str
    names: tuple[str, ...]
    cells: tuple[str, ...]

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        path = folder / f"{self.name}.ipynb"
        cells = [nbformat.v4.new_code_cell(cell, id=f"cell-{i}") for i, cell in enumerate(self.cells)]
        cells.insert(0, nbformat.v4.new_markdown_cell(f"# {self.name}", id="title"))
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path


def cases() -> list[Case]:
    found = []
    for file in sorted(FOLDER.glob("*.notebooks")):
        for text in re.split(r"^=== ", file.read_text("utf-8"), flags=re.M)[1:]:
            head, _, body = text.partition("\n")
            name, _, names = head.partition("|")
            cells = tuple(cell.strip("\n") for cell in re.split(r"^# %%\n", body, flags=re.M))
            found.append(Case(name=name.strip(), names=tuple(names.split()), cells=cells))
    return found


CASES = cases()
# thirty runs, each with a driver and workers of its own
pytestmark = pytest.mark.timeout(600)

FORMS = ("python", "magic", "functions")
# a stage cell cannot stand inside of a `with`
IN_A_BLOCK = ("threads_map",)


def run_all(jobs: list[tuple[Path, tuple[str, ...], Path]], listing: Path) -> None:
    listing.write_text(json.dumps([[str(path), list(names), str(result)] for path, names, result in jobs]))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(FOLDER / "run_notebooks.py"), str(listing)]
    told = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=550, cwd=listing.parent, check=False
    )
    assert told.returncode == 0, told.stderr


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Write, migrate and run all notebooks; by name: bytes before, migration, what both forms left."""
    home = tmp_path_factory.mktemp("runnable")
    made: dict[str, dict[str, Any]] = {}
    jobs = []
    for number, case in enumerate(CASES):
        original = case.write(home / "original" / case.name)
        path = case.write(home / "migrated" / case.name)
        before = path.read_bytes()
        form = "python" if case.name in IN_A_BLOCK else FORMS[number % 3]
        migration = migrate(path, form=form, only=[place_of_loop(path)])
        applied = apply(migration)
        results = [home / f"{case.name}.{which}.pickle" for which in ("original", "migrated")]
        jobs += [(original, case.names, results[0]), (path, case.names, results[1])]
        made[case.name] = {
            "path": path,
            "before": before,
            "migration": migration,
            "applied": applied,
            "results": results,
            "form": form,
        }
    run_all(jobs, home / "jobs.json")
    return made


def place_of_loop(path: Path) -> tuple[int, int]:
    """Give cell and line of the first loop below the cell that makes the data, else of the first one."""
    loops = [loop for loop in migrate(path).findings.loops if loop.verdict == "convert"]
    below = [loop for loop in loops if loop.cell > 1] or loops
    assert below, f"{path.name}: no loop is converted"
    return below[0].cell, below[0].line


def same(one: Any, other: Any) -> bool:
    """Compare by value and type; numbers exactly."""
    if type(one) is not type(other):
        return False
    if isinstance(one, pd.DataFrame | pd.Series):
        tester = (
            pd.testing.assert_frame_equal if isinstance(one, pd.DataFrame) else pd.testing.assert_series_equal
        )
        try:
            tester(one, other, check_exact=True)  # type: ignore[operator]
        except AssertionError:
            return False
        return True
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (one != one and other != other)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_migrated_it_leaves_the_same(case: Case, both: dict[str, dict[str, Any]]) -> None:
    made = both[case.name]
    assert made["applied"] is not None, made["migration"].left
    assert made["path"].read_bytes() != made["before"]
    original, migrated = (pickle.loads(path.read_bytes()) for path in made["results"])
    assert "error" not in original, original.get("error")
    assert "error" not in migrated, f"{made['path'].read_text()}\n{migrated.get('error')}"
    for name in case.names:
        one, other = original["names"][name], migrated["names"][name]
        assert same(one, other), f"{name} was {one!r}, migrated it is {other!r} (form {made['form']})"
    # every file that the original made is there with the same content
    for name, content in original["files"].items():
        if not name.endswith((".ipynb", ".pyc")):
            assert migrated["files"].get(name) == content, name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_restored_byte_for_byte(case: Case, both: dict[str, dict[str, Any]]) -> None:
    made = both[case.name]
    if made["applied"] is None:
        pytest.fail("it was not migrated")
    assert made["path"].read_bytes() != made["before"]
    undo(made["path"])
    assert made["path"].read_bytes() == made["before"]


def test_the_products_own_verification_agrees(tmp_path: Path) -> None:
    """One notebook through ``migrate --verify``; the kernels of more of them would take minutes."""
    case = next(case for case in CASES if case.name == "best_of_a_grid")
    path = case.write(tmp_path / "verified")
    verified = verify(migrate(path), sample=None)
    assert verified.is_equal


def test_there_are_thirty_of_all_kinds(both: dict[str, dict[str, Any]]) -> None:
    assert len(CASES) >= 30
    kinds = {loop.kind for made in both.values() for loop in made["migration"].findings.loops}
    assert {"files", "data-partitions", "parameter-sweep"} <= kinds
