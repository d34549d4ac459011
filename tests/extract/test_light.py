"""Asking for extraction loads nothing heavy, and neither does a cell that needs no rewriting."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("libcst", "IPython", "pandas", "numpy", "pyarrow", "nbformat", "tomlkit", "polars", "dask")


def loaded_after(code: str) -> list[str]:
    script = f"{code}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


IMPORT = "from jupyter_agilab.extract.from_cell import extract"


def test_import_is_light() -> None:
    assert loaded_after("import jupyter_agilab.extract.from_cell, jupyter_agilab.cells") == []


def test_a_refused_cell_loads_nothing_heavy() -> None:
    assert loaded_after(f"{IMPORT}\nextract('missing(path)', name='a', split='files')") == []


def test_only_the_writing_of_a_module_loads_the_formatter() -> None:
    code = f"{IMPORT}\nassert extract('len(path)', name='a', split='files').ok"
    assert loaded_after(code) == ["libcst"]
