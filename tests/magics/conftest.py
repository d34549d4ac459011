"""A real IPython shell with a namespace and a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.capture import CapturedIO, capture_output
from traitlets.config import Config


@dataclass
class Notebook:
    """Runs cells as a front end does, and keeps what they showed."""

    shell: InteractiveShell
    folder: Path
    shown: list[CapturedIO] = field(default_factory=list)

    def cell(self, source: str) -> ExecutionResult:
        """Run a cell, whatever comes of it."""
        with capture_output() as captured:
            result = self.shell.run_cell(source, store_history=True)
        self.shown.append(captured)
        return result

    def run(self, source: str) -> Any:
        """Run a cell that must go well; gives its value."""
        result = self.cell(source)
        result.raise_error()
        return result.result

    def fails(self, source: str) -> BaseException:
        """Run a cell that must fail; gives its error."""
        result = self.cell(source)
        error = result.error_before_exec or result.error_in_exec
        assert error is not None, self.text
        return error

    @property
    def text(self) -> str:
        """What the last cell showed as text: prints, displays and errors."""
        captured = self.shown[-1]
        displays = [output.data.get("text/plain", "") for output in captured.outputs]
        return "\n".join([captured.stdout, *displays, captured.stderr])

    @property
    def html(self) -> str:
        """What the last cell showed as HTML."""
        return "\n".join(output.data.get("text/html", "") for output in self.shown[-1].outputs)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the notebook's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def files(self) -> set[str]:
        """Name the files of the notebook's folder, without those of runs."""
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return {path.as_posix() for path in found if path.parts[0] != ".agilab"}


@pytest.fixture
def bare_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Notebook]:
    """Give a notebook in an empty folder, without our extension."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.chdir(tmp_path)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    try:
        yield Notebook(shell, tmp_path)
    finally:
        shell.run_line_magic("unload_ext", "jupyter_agilab")
        shell.restore_sys_module_state()
        InteractiveShell.clear_instance()


@pytest.fixture
def notebook(bare_notebook: Notebook) -> Notebook:
    """Give a notebook in an empty folder, with our magics."""
    bare_notebook.run("%load_ext jupyter_agilab")
    return bare_notebook


@pytest.fixture
def five_files(notebook: Notebook) -> Notebook:
    """Give a notebook beside five small CSV files with 20 to 24 rows."""
    for number in range(5):
        rows = "".join(f"{row},{number}\n" for row in range(20 + number))
        notebook.write(f"data/m{number}.csv", f"a,b\n{rows}")
    return notebook


@pytest.fixture
def stage(five_files: Notebook) -> Callable[..., Notebook]:
    """Give ``stage(flags)``: writes the stage ``count``, which counts the rows of each file."""

    def write(flags: str = "") -> Notebook:
        five_files.run(
            f'%%parallel_stage count --input "data/*.csv" {flags}\n'
            "with open(path) as file:\n"
            "    rows = len(file.readlines()) - 1\n"
            "{'file': path, 'rows': rows}"
        )
        return five_files

    return write
