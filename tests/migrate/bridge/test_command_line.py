"""``export NOTEBOOK --to agilab`` and ``import``, as commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_agilab.cli import main


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    folder = tmp_path / "orders_project"
    folder.mkdir()
    path = folder / "orders.ipynb"
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Load"},
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": "x = 1"},
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": "y = x"},
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return path


def test_there_and_back(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(notebook), "--to", "agilab"]) == 0
    told = capsys.readouterr()
    assert told.out.strip().endswith("lab_stages.toml")
    assert "2 stages of orders" in told.err
    assert "uses what earlier cells define: x" in told.err
    assert main(["import", str(notebook.parent)]) == 2
    assert "there already" in capsys.readouterr().err
    assert main(["import", str(notebook.parent), "--overwrite", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["path"] == str(notebook)
    assert answer["stages"] == 2
    assert answer["readiness"]["score"] == 90
    sources = ["".join(cell["source"]) for cell in json.loads(notebook.read_text())["cells"]]
    assert sources == ["# Load", "x = 1", "y = x"]


def test_readiness_gives_exit_codes(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(notebook), "--readiness"]) == 0
    assert "warn, 90 of 100" in capsys.readouterr().out
    notebook.write_text(notebook.read_text().replace("x = 1", "x = z"))
    assert main(["import", str(notebook), "--readiness"]) == 1
    assert "nothing above the cell defines: z" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["import", "no/such.toml"], 2),
        (["import", "."], 2),
        (["export", "orders.ipynb", "--to", "sbatch"], 2),
        (["export", "missing.ipynb", "--to", "agilab"], 1),
    ],
)
def test_misuse(
    words: list[str],
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_cell_that_cannot_be_plain_stops_it(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook.write_text(notebook.read_text().replace("y = x", "!ls"))
    assert main(["export", str(notebook), "--to", "agilab"]) == 1
    assert "not ready for AGILAB" in capsys.readouterr().err
    assert not (notebook.parent / "lab_stages.toml").exists()
