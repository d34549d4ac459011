"""What importing the package and loading the extension costs: nothing that can wait."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = (
    "dask",
    "distributed",
    "pandas",
    "pyarrow",
    "ipywidgets",
    "libcst",
    "polars",
    "numpy",
    "tomlkit",
    "nbformat",
)

EXTENSION = """
import os, sys, tempfile
os.environ["IPYTHONDIR"] = tempfile.mkdtemp()
from traitlets.config import Config
from IPython.core.interactiveshell import InteractiveShell
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
before = set(sys.modules)
shell.run_line_magic("load_ext", "jupyter_agilab")
assert shell.find_cell_magic("parallel_stage") is not None
"""


def loaded_by(code: str) -> set[str]:
    """Give the top-level names of the modules that a fresh interpreter has loaded after `code`."""
    code = f"import json, sys\nbefore = set()\n{code}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=120
    )
    return {name.partition(".")[0] for name in json.loads(answer.stdout.splitlines()[-1])}


@pytest.mark.parametrize(
    "code",
    [
        "import jupyter_agilab",
        "from jupyter_agilab import Contract, Finding, AgilabError",
        EXTENSION,
        f"{EXTENSION}\nshell.run_cell('%parallel_run?')",
    ],
    ids=["import", "light names", "extension", "help"],
)
def test_nothing_heavy_is_loaded(code: str) -> None:
    loaded = loaded_by(code)
    assert "jupyter_agilab" in loaded
    assert not loaded & set(HEAVY)


def test_importing_the_package_loads_none_of_its_parts() -> None:
    code = "import jupyter_agilab, sys; print([m for m in sys.modules if m.startswith('jupyter_agilab.')])"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.strip() == "[]"


def test_every_public_name_is_there_and_is_what_it_says() -> None:
    import jupyter_agilab

    for name in jupyter_agilab.__all__:
        value = getattr(jupyter_agilab, name)
        assert name in dir(jupyter_agilab)
        assert name == "__version__" or value.__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'rnu'"):
        jupyter_agilab.rnu  # noqa: B018  # asking is the test


def test_run_is_the_function_also_after_its_subpackage_was_imported() -> None:
    code = (
        "import jupyter_agilab.run.watch; from jupyter_agilab import run; "
        "import jupyter_agilab.run.events; print(run.__module__)"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.strip() == "jupyter_agilab.api"
