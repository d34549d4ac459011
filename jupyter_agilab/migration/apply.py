"""Write a migration: stages, files, the notebook; and take it back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.errors import AgilabError, OutputError, UsageError
from jupyter_agilab.migrate.notebooks.undo import Undone, file_digest, keep_original, take_away
from jupyter_agilab.migrate.notebooks.undo import undo as undo_notebook
from jupyter_agilab.migration.model import NotebookMigration
from jupyter_agilab.stages import write_stage

_OURS = re.compile(r"stages/\w+\.py|[\w-]+\.parallel_stage\.toml|[\w-]+\.(grid|items)\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was written.

    Attributes
    ----------
    notebook
        The notebook that was rewritten.
    original
        The folder that holds its bytes from before; None where it is a new file.
    files
        New files, relative to the notebook's folder, in the order of writing.
    """

    notebook: Path
    original: Path | None
    files: tuple[str, ...]


def apply(migration: NotebookMigration, *, to: Path | None = None) -> Applied | None:
    """Write the stages and the notebook; None where nothing is converted.

    Nothing of the notebook runs. A file that is there is never written over, but for the notebook itself,
    whose bytes are kept.

    Parameters
    ----------
    to
        A new file for the rewritten notebook, in the notebook's folder; the notebook stays as it is then.

    Raises
    ------
    UsageError
        The notebook, or the place of a stage, has changed since it was looked at.
    OutputError
        Something cannot be written; nothing was changed.
    """
    if not migration.converted:
        return None
    notebook = migration.path
    if notebook.read_bytes() != migration.before:
        raise UsageError(f"{notebook.name} has changed since it was looked at", hint="migrate it again")
    folder = notebook.resolve().parent
    files = _files(migration)
    original: Path | None = None
    if to is not None and to.resolve().parent != folder:
        raise UsageError(
            f"{to} is not in the notebook's folder, where its paths and stages are",
            hint=f"use {folder / to.name}",
        )
    new = [*files, *([to.name] if to is not None else [])]
    for name in new:
        if (folder / name).exists():
            raise UsageError(
                f"{name} is there already, and is left as it is", hint="migrate the notebook again"
            )
    try:
        _write_stages(migration, folder)
        written = {name: (folder / name).read_bytes() for name in files}
        if to is None:
            original = keep_original(notebook.resolve(), migration.before, migration.after, written)
        write_bytes(to or notebook, migration.after)
    except (OSError, AgilabError) as error:
        for name in new:
            (folder / name).unlink(missing_ok=True)
        if isinstance(error, AgilabError):
            raise
        raise OutputError(
            f"{notebook} cannot be migrated: {error.strerror or error}", hint="nothing was changed"
        ) from error
    return Applied(notebook=to or notebook, original=original, files=tuple(files))


def write_stages(migration: NotebookMigration) -> dict[str, str]:
    """Write the stages alone, for a notebook that an editor has open and rewrites by itself.

    A file that is there is never written over.

    Returns
    -------
    dict of str
        Path relative to the notebook's folder to the digest of what was written, for `remove_stages`.

    Raises
    ------
    UsageError
        A file of a stage is there already.
    OutputError
        Something cannot be written; nothing was changed.
    """
    folder = migration.path.resolve().parent
    files = _files(migration)
    for name in files:
        if (folder / name).exists():
            raise UsageError(
                f"{name} is there already, and is left as it is", hint="migrate the notebook again"
            )
    try:
        _write_stages(migration, folder)
        return {name: file_digest(name, (folder / name).read_bytes()) for name in files}
    except (OSError, AgilabError) as error:
        for name in files:
            (folder / name).unlink(missing_ok=True)
        if isinstance(error, AgilabError):
            raise
        raise OutputError(
            f"the stages of {migration.path} cannot be written: {error.strerror or error}",
            hint="nothing was changed",
        ) from error


def remove_stages(notebook: str | Path, files: Mapping[str, str]) -> Undone:
    """Take away what `write_stages` wrote, as far as it is unchanged; the notebook itself is left alone.

    Raises
    ------
    UsageError
        A file is none that a migration writes.
    """
    path = Path(notebook).resolve()
    for name in files:
        if not _OURS.fullmatch(name):
            raise UsageError(f"{name!r} is no file that a migration writes")
    removed, kept = take_away(path.parent, files.items())
    return Undone(notebook=path, removed=removed, kept=kept)


def undo(path: str | Path, *, force: bool = False) -> Undone:
    """Give a notebook its bytes from before its last migration; see `migrate.notebooks.undo`."""
    return undo_notebook(Path(path).resolve(), even_edited=force)


def _write_stages(migration: NotebookMigration, folder: Path) -> None:
    for converted in migration.converted:
        if converted.grid is not None:
            write_bytes(folder / converted.draft.contract.input, converted.grid.encode("utf-8"))
        write_stage(converted.draft)


def _files(migration: NotebookMigration) -> Sequence[str]:
    files = []
    for converted in migration.converted:
        if converted.grid is not None:
            files.append(converted.draft.contract.input)
        files += [converted.draft.extraction.module_path, converted.draft.contract_path.name]
    return files
