"""The golden cases: one folder each in ``tests/cases``.

``setup.py`` holds the cells executed before, separated by ``# %%`` lines (``# %% [3] id=abc``); ``cell.py``
or, with IPython syntax, ``cell.txt`` the cell; ``options.toml`` the arguments of `extract`; ``expected.py``
the module and ``expected.toml`` the rest; ``sample.py`` a partition, for the comparison with a kernel.
"""

from __future__ import annotations

import re
import sys
import tomllib
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.extract.context import CellContext, ExecutedCell
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.from_cell import extract, extract_reducer

CASES = Path(__file__).parent.parent / "cases"
_SEPARATOR = re.compile(r"^# %%(?: \[(\d+)\])?(?: id=(\w+))?\n", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def cell(self) -> str:
        path = self.folder / "cell.txt"
        return (path if path.exists() else self.folder / "cell.py").read_text("utf-8")

    @property
    def options(self) -> dict[str, Any]:
        path = self.folder / "options.toml"
        return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}

    @property
    def expected(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "expected.toml").read_text("utf-8"))

    @property
    def module(self) -> Path:
        return self.folder / "expected.py"

    def cells(self) -> list[ExecutedCell]:
        path = self.folder / "setup.py"
        if not path.exists():
            return []
        parts = _SEPARATOR.split(path.read_text("utf-8"))
        found = [ExecutedCell(source=parts[0], execution_count=1)] if parts[0].strip() else []
        for place in range(1, len(parts), 3):
            count = int(parts[place]) if parts[place] else len(found) + 1
            found.append(
                ExecutedCell(source=parts[place + 2], execution_count=count, cell_id=parts[place + 1])
            )
        return found

    def namespace(self) -> dict[str, Any]:
        # classes and dataclasses look their module up by name, as in a kernel
        module = types.ModuleType("__main__")
        before, sys.modules["__main__"] = sys.modules["__main__"], module
        try:
            for cell in self.cells():
                exec(compile(cell.source, f"<{self.name}>", "exec"), module.__dict__)
        finally:
            sys.modules["__main__"] = before
        return module.__dict__

    def context(self, folder: Path | None = None) -> CellContext:
        options = self.options
        notebook = options.get("notebook")
        return CellContext(
            namespace=self.namespace() if options.get("in_kernel", True) else None,
            cells=self.cells(),
            notebook_cells=options.get("notebook_cells"),
            cell_id=options.get("cell_id"),
            execution_count=options.get("execution_count"),
            notebook=Path(notebook) if notebook else None,
            folder=Path(options["folder"]) if "folder" in options else folder,
            first_line=options.get("first_line", 1),
        )

    def extract(self, folder: Path | None = None) -> Extraction:
        options = self.options
        name = options.get("name", "work")
        common = {k: options[k] for k in ("returns", "share", "allow_pickle") if k in options}
        if options.get("role") == "reducer":
            return extract_reducer(self.cell, name=name, context=self.context(folder), **common)
        return extract(
            self.cell,
            name=name,
            split=options.get("split", "files"),
            context=self.context(folder),
            item=options.get("item"),
            sweep_names=options.get("sweep_names", ()),
            **common,
        )


def all_cases() -> list[Case]:
    return [Case(folder) for folder in sorted(CASES.iterdir()) if folder.is_dir()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = all_cases()
        metafunc.parametrize("case", cases, ids=[case.name for case in cases])


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    return all_cases()


@pytest.fixture
def in_kernel() -> Callable[..., CellContext]:
    """Make the context of a kernel in which `setup` was executed as one cell."""

    def make(setup: str = "", **namespace: Any) -> CellContext:
        values: dict[str, Any] = {"__name__": "__main__"}
        exec(setup, values)
        cells = [ExecutedCell(source=setup, execution_count=1)] if setup else []
        return CellContext(namespace={**values, **namespace}, cells=cells)

    return make
