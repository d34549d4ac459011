"""Notebooks that a program executes: they end, and what is saved shows the finished state."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[3]

CELLS = (
    "%load_ext jupyter_agilab",
    "from pathlib import Path\nPath('data').mkdir(exist_ok=True)\n"
    "for month in range(1, 5):\n    Path(f'data/{month}.csv').write_text('x\\n' * month)",
    '%%parallel_stage line_counts --input "data/*.csv" --reducer concat-csv\n'
    "[{'file': path, 'lines': len(open(path).readlines())}]",
    "%parallel_plan line_counts",
    "%parallel_run line_counts",
    "line_counts",
    "%parallel_attach line_counts",
    "print(line_counts.path.read_text())",
)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "counts.ipynb"
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    return path


def shows_the_finished_state(path: Path) -> None:
    saved = nbformat.read(path, as_version=4)
    run = saved.cells[4]
    html = "".join(output.data.get("text/html", "") for output in run.outputs if "data" in output)
    text = "".join(output.data.get("text/plain", "") for output in run.outputs if "data" in output)
    assert "4 of 4 partitions done (100%)" in html
    assert "4 of 4 have a result" in text
    assert "Result of line_counts" in html
    assert "finished" in text
    everything = path.read_text("utf-8")
    # nothing that needs a widget, a script or the network
    assert "widget-view" not in everything
    assert "widgets" not in saved.metadata
    assert "<script" not in everything
    assert "http" not in "".join(part for part in (html, text))
    assert saved.cells[-1].outputs[0].text.split()[0] == "file,lines"
    for cell in saved.cells[2:7]:
        assert all(
            {"text/html", "text/plain"} <= set(output.data) for output in cell.outputs if "data" in output
        )
    assert not [output for cell in saved.cells for output in cell.outputs if output.output_type == "error"]


def executed(command: list[str], folder: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}
    env.pop("JUPYTER_AGILAB_PANEL", None)
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nbclient(notebook: Path) -> None:
    program = (
        "import nbformat, sys\nfrom nbclient import NotebookClient\n"
        "made = nbformat.read(sys.argv[1], 4)\nNotebookClient(made, timeout=120).execute()\n"
        "nbformat.write(made, sys.argv[1])\n"
    )
    executed([sys.executable, "-W", "ignore", "-c", program, str(notebook)], notebook.parent)
    shows_the_finished_state(notebook)


def test_papermill(notebook: Path) -> None:
    pytest.importorskip("papermill")
    out = notebook.with_name("out.ipynb")
    command = [sys.executable, "-W", "ignore", "-m", "papermill", "--no-progress-bar"]
    executed([*command, str(notebook), str(out)], notebook.parent)
    shows_the_finished_state(out)
