"""A module gives what the cell gives: both are run, in processes of their own, and the results compared."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

SCRIPTS = Path(__file__).parent / "scripts"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, cases: list[Any]) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("results")
    names = [case.name for case in cases if (case.folder / "sample.py").exists()]
    found = {}
    for script in ("run_cells", "run_modules"):
        out = folder / script
        command = [
            sys.executable,
            "-I",
            str(SCRIPTS / f"{script}.py"),
            str(cases[0].folder.parent),
            str(out),
            *names,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, done.stderr
        found[script] = pickle.loads(out.read_bytes())
    return found


def test_module_gives_what_the_cell_gives(results: dict[str, dict[str, Any]]) -> None:
    cells, modules = results["run_cells"], results["run_modules"]
    different = {
        name: (value, modules[name]) for name, value in cells.items() if not is_same(value, modules[name])
    }
    assert different == {}
    assert len(cells) >= 80


NOT_RUN = {
    "notebook_progress_bar": "tqdm is not among the libraries of the tests",
    "plot_not_shown": "neither is matplotlib",
    "path_inside_folder_made_relative": "the module has other paths than the notebook, on purpose",
    "warned_unseeded_random": "it gives other numbers in every run",
}


def test_every_module_is_run_or_there_is_a_reason(cases: list[Any]) -> None:
    with_module = {case.name for case in cases if case.module.exists()}
    sampled = {case.name for case in cases if (case.folder / "sample.py").exists()}
    assert sampled | NOT_RUN.keys() == with_module


def is_same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, pd.DataFrame | pd.Series):
        return one.equals(other) and one.index.equals(other.index)
    if isinstance(one, pl.DataFrame):
        return one.equals(other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(is_same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)
