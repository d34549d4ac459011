"""``%parallel_migrate``: looks at a notebook, and writes a copy only where it is asked to."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from IPython.core.error import UsageError as Misuse

LOOP = """import glob, os
sizes = []
for path in glob.glob('d/*'):
    sizes.append(len(open(path).read().split()))"""


@pytest.fixture
def looked_at(notebook: Any) -> Any:
    kernel = {"name": "python3", "display_name": "P", "language": "python"}
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(LOOP)], metadata={"kernelspec": kernel})
    nbformat.write(made, notebook.folder / "n.ipynb")
    return notebook


def test_it_looks(looked_at: Any) -> None:
    before = (looked_at.folder / "n.ipynb").read_bytes()
    looked_at.run("%parallel_migrate n.ipynb")
    assert "1 can run in parallel" in looked_at.text
    assert "Nothing was written" in looked_at.text
    assert "ag-badge" in looked_at.html
    assert "%%parallel_stage each_path" in looked_at.html
    assert (looked_at.folder / "n.ipynb").read_bytes() == before
    assert looked_at.files() == {"n.ipynb"}


def test_it_writes_a_copy(looked_at: Any) -> None:
    before = (looked_at.folder / "n.ipynb").read_bytes()
    looked_at.run("%parallel_migrate n.ipynb --form python --to m.ipynb")
    assert (looked_at.folder / "n.ipynb").read_bytes() == before
    assert "parallel_steps" in (looked_at.folder / "m.ipynb").read_text()
    assert "written: stages/each_path.py" in looked_at.text
    assert looked_at.files() == {
        *("n.ipynb", "m.ipynb", "stages/each_path.py", "each_path.parallel_stage.toml")
    }
    assert "is there already" in str(looked_at.fails("%parallel_migrate n.ipynb --to m.ipynb"))


def test_another_folder_is_refused(looked_at: Any) -> None:
    error = looked_at.fails("%parallel_migrate n.ipynb --to sub/m.ipynb")
    assert "not in the notebook's folder" in str(error)


@pytest.mark.parametrize(
    ("line", "told"),
    [("none.ipynb", "no notebook none"), ("", "not known here"), ("n.ipynb --form x", "invalid choice")],
)
def test_mistakes(looked_at: Any, line: str, told: str) -> None:
    error = looked_at.fails(f"%parallel_migrate {line}")
    assert isinstance(error, Misuse)
    assert told in str(error)
