"""Run a loop and the stage that takes its place, in a copy of the notebook's folder, and compare."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_agilab.cells import NotebookCell, python_source
from jupyter_agilab.errors import MissingDependencyError, UsageError
from jupyter_agilab.migrate.convert.text import Source
from jupyter_agilab.migrate.verify.compare import Compared, compare_files, compare_names
from jupyter_agilab.migrate.verify.kernel import run_cells
from jupyter_agilab.migrate.verify.sampled import new_cell, old_cell, snapshot
from jupyter_agilab.migration.apply import apply
from jupyter_agilab.migration.model import Converted, NotebookMigration
from jupyter_agilab.private_folder import private_folder

MOST_BYTES = 1 << 30
"""Of a folder that is copied to be verified in."""

_LEFT_OUT = shutil.ignore_patterns(
    ".agilab", ".git", "__pycache__", ".ipynb_checkpoints", "*.pyc", ".venv", "node_modules"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What comparing came to.

    Attributes
    ----------
    notebook
        The notebook.
    items
        How many items of each loop were run; None for all.
    compared
        One line for each name and file, in the order of the loops.
    failed
        Why the notebook, as it was or rewritten, could not be run; empty where it could.
    """

    notebook: Path
    items: int | None
    compared: tuple[Compared, ...] = ()
    failed: str = ""

    @property
    def is_equal(self) -> bool:
        """Whether everything is equal."""
        return not self.failed and all(each.is_equal for each in self.compared)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "path": str(self.notebook),
            "equal": self.is_equal,
            "items": self.items,
            "failed": self.failed,
            "compared": [each.to_json() for each in self.compared],
        }


def verify(migration: NotebookMigration, *, sample: int | None = 3, tolerance: float = 0.0) -> Verified:
    """Run the notebook up to its last converted loop, as it is and rewritten, and compare what they leave.

    Runs the notebook's code: two fresh kernels, each in its own copy of the notebook's folder. What the code
    does elsewhere is not held back. The notebook itself stays as it is. Blocks until both are done.

    Parameters
    ----------
    sample
        How many items of each loop; None for all.
    tolerance
        How far numbers may differ, absolutely and relatively.

    Raises
    ------
    UsageError
        The folder is too large to be copied.
    MissingDependencyError
        nbclient or ipykernel is not installed.
    """
    folder = migration.path.resolve().parent
    size = sum(
        path.stat().st_size for path in folder.rglob("*") if path.is_file() and ".agilab" not in path.parts
    )
    if size > MOST_BYTES:
        raise UsageError(
            f"the notebook's folder holds {size:,} bytes, and verifying works in copies of it",
            hint="move the notebook and a sample of its data to a folder of their own",
        )
    _require()
    last = max(migration.cells)
    first = [cell for cell in migration.notebook.code_cells if cell.index <= last]
    names = _names(migration)
    with private_folder() as place:
        old, new = place / "loop", place / "stage"
        for copy in (old, new):
            shutil.copytree(folder, copy, ignore=_LEFT_OUT, symlinks=False, ignore_dangling_symlinks=True)
        before = {name: snapshot(copy) for name, copy in (("old", old), ("new", new))}
        expected = run_cells([_text(migration, cell, sample, rewritten=False) for cell in first], old, names)
        if expected.failed:
            told = f"the notebook as it is: {expected.failed}"
            return Verified(notebook=migration.path, items=sample, failed=told)
        _place_stages(migration, new)
        found = run_cells([_text(migration, cell, sample, rewritten=True) for cell in first], new, names)
        if found.failed:
            told = f"the rewritten notebook: {found.failed}"
            return Verified(notebook=migration.path, items=sample, failed=told)
        compared = [
            *compare_names(names, expected.values, found.values, tolerance),
            *compare_files(_changed(before["old"], old), _changed(before["new"], new), old, new, tolerance),
        ]
    return Verified(notebook=migration.path, items=sample, compared=tuple(compared))


def _text(migration: NotebookMigration, cell: NotebookCell, sample: int | None, *, rewritten: bool) -> str:
    loops = [each.placed for each in migration.converted if each.finding.cell == cell.index]
    if not loops:
        return cell.source
    source = Source(python_source(cell.source).text)
    if rewritten:
        return new_cell(cell.source, source, loops, sample)
    return old_cell(source, loops, sample)


def _place_stages(migration: NotebookMigration, folder: Path) -> None:
    """Write the stages into a copy of the folder, as applying would write them into the folder itself."""
    path = folder / migration.path.name
    moved = [_moved(each, folder) for each in migration.converted]
    apply(replace(migration, path=path, converted=tuple(moved)))


def _moved(converted: Converted, folder: Path) -> Converted:
    return replace(converted, draft=replace(converted.draft, folder=folder))


def _names(migration: NotebookMigration) -> tuple[str, ...]:
    """Give the names that the loops leave, as far as the notebook's top level has them."""
    from jupyter_agilab.migrate.convert.loop import root_of

    names: dict[str, None] = {}
    for converted in migration.converted:
        for output in converted.finding.outputs:
            root = root_of(output.name)
            if output.how not in {"file", "print"} and root.isidentifier():
                names[root] = None
    return tuple(names)


def _changed(before: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """Give the files that a run made or changed; what our own stages write is not among them."""
    ours = (".agilab/", "artifacts/", "stages/", "__pycache__/")
    return tuple(
        name
        for name, digest in sorted(snapshot(folder).items())
        if before.get(name) != digest
        and not name.startswith(ours)
        and not name.endswith(
            (".parallel_stage.toml", ".items.json", ".grid.json", ".first.manifest.json", ".ipynb", ".pyc")
        )
    )


def _require() -> None:
    try:
        import ipykernel  # noqa: F401  # only whether it is there
        import nbclient  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise MissingDependencyError(
            "verifying needs nbclient and ipykernel",
            hint="install them: pip install 'jupyter-agilab[migrate]'",
        ) from error
