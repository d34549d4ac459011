"""The original of a rewritten notebook, kept below ``.agilab/migrations/`` and given back byte for byte."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.errors import OutputError, UsageError
from jupyter_agilab.extract.names import bytes_digest

HOME = Path(".agilab") / "migrations"
_DIGEST = re.compile(rb"blake2b:[0-9a-f]{32}")
_SCHEMA = "jupyter_agilab.migration.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What undoing did.

    ``removed`` are files of the migration that went, ``kept`` those that were changed since and stay; both
    relative to the notebook's folder.
    """

    notebook: Path
    removed: tuple[str, ...]
    kept: tuple[str, ...]


def keep_original(notebook: Path, before: bytes, after: bytes, written: Mapping[str, bytes]) -> Path:
    """Keep a notebook's bytes before they are replaced; give the folder that holds them.

    Parameters
    ----------
    written
        Files that the migration makes, new ones only: path relative to the notebook's folder, and content.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    folder = notebook.parent
    ignore = folder / HOME.parts[0] / ".gitignore"
    digest = bytes_digest(before).partition(":")[2]
    home = folder / HOME / f"{notebook.stem}-{time.strftime('%Y%m%d-%H%M%S')}-{digest[:8]}"
    record = {
        "schema": _SCHEMA,
        "notebook": notebook.name,
        "at": time.time(),
        "before": bytes_digest(before),
        "after": bytes_digest(after),
        "files": {path: file_digest(path, data) for path, data in written.items()},
    }
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not ignore.exists():
            write_bytes(ignore, b"*\n")
        write_bytes(home / "original", before)
        write_bytes(home / "record.json", json.dumps(record, indent=1).encode())
    except OSError as error:
        raise OutputError(
            f"the original cannot be kept below {folder / HOME}: {error.strerror or error}",
            hint="nothing was changed; make the notebook's folder writable",
        ) from error
    return home


def undo(notebook: Path, *, even_edited: bool = False) -> Undone:
    """Give a notebook its bytes from before its last migration, and take away the files that this one made.

    A stage's file that was changed since stays.

    Parameters
    ----------
    even_edited
        Also where the notebook was edited since; its edits are lost.

    Raises
    ------
    UsageError
        There is nothing to undo, or the notebook was edited since.
    OutputError
        The original is damaged, or the notebook cannot be written.
    """
    home, record = _newest(notebook)
    original = _original(home, record)
    try:
        now = notebook.read_bytes()
    except FileNotFoundError:
        now = original
    except OSError as error:
        raise OutputError(f"{notebook} cannot be read: {error.strerror or error}") from error
    if bytes_digest(now) not in {record["after"], record["before"]} and not even_edited:
        raise UsageError(
            f"{notebook.name} was edited since it was migrated, and undoing would lose that",
            hint="undo it anyway with --force; the edited notebook is lost then, so copy it first",
        )
    try:
        write_bytes(notebook, original)
        removed, kept = take_away(notebook.parent, record["files"].items())
        for name in ("record.json", "original"):
            (home / name).unlink()
        home.rmdir()
    except OSError as error:
        raise OutputError(f"{notebook} cannot be restored: {error.strerror or error}") from error
    return Undone(notebook=notebook, removed=removed, kept=kept)


def take_away(folder: Path, files: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove files that still have these digests, and folders that get empty; gives removed and kept ones."""
    removed, kept = [], []
    for name, digest in files:
        path = folder / name
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if file_digest(name, data) != digest:
            kept.append(name)
            continue
        path.unlink()
        removed.append(name)
        if path.parent != folder and not any(path.parent.iterdir()):
            path.parent.rmdir()
    return tuple(removed), tuple(kept)


def file_digest(name: str, data: bytes) -> str:
    """Give a file's digest; the digests in a contract do not count, since runs of the notebook renew them."""
    return bytes_digest(_DIGEST.sub(b"", data) if name.endswith(".toml") else data)


def _newest(notebook: Path) -> tuple[Path, dict[str, Any]]:
    found = []
    for path in (notebook.parent / HOME).glob("*/record.json"):
        try:
            record = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if not isinstance(record, dict) or record.get("schema") != _SCHEMA:
            continue
        if record.get("notebook") == notebook.name:
            found.append((record["at"], path.parent, record))
    if not found:
        raise UsageError(
            f"{notebook.name} has no migration that could be undone",
            hint=f"the originals are kept in {HOME.as_posix()} beside the notebook",
        )
    _, home, record = max(found, key=lambda each: (each[0], str(each[1])))
    return home, record


def _original(home: Path, record: Mapping[str, Any]) -> bytes:
    try:
        data = (home / "original").read_bytes()
    except OSError as error:
        raise OutputError(f"the original in {home} cannot be read: {error.strerror or error}") from error
    if bytes_digest(data) != record["before"]:
        raise OutputError(f"the original in {home} is damaged: its digest is another one")
    return data
