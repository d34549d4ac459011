"""What the tree tells about a file without checking it: the name that stands in it."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MOST_BYTES = 1 << 20
_NAME = re.compile(r"\w[\w.-]{0,199}")


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of what a file says.

    ``name`` is empty where it has none, ``is_readable`` is false where it is no TOML. ``tables`` maps the
    names of tables to their ``kind``: for ``clusters.toml``.
    """

    name: str = ""
    is_readable: bool = True
    tables: tuple[tuple[str, str], ...] = ()


class Heads:
    """Reads heads, each file once for each of its versions."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int, int], Head]] = {}

    def of(self, path: str) -> Head | None:
        """Give a file's head; None where it is not there."""
        try:
            facts = os.stat(path)  # noqa: PTH116  # to make a `Path` takes as long as the question itself
        except OSError:
            self._known.pop(path, None)
            return None
        version = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        known = self._known.get(path)
        if known is None or known[0] != version:
            known = (version, _read(Path(path), facts.st_size))
            self._known[path] = known
        return known[1]

    def keep_only(self, paths: set[str]) -> None:
        """Forget all others."""
        if len(self._known) > len(paths):
            self._known = {path: each for path, each in self._known.items() if path in paths}


def _read(path: Path, size_bytes: int) -> Head:
    if size_bytes > _MOST_BYTES:
        return Head(is_readable=False)
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return Head(is_readable=False)
    name = data.get("name")
    tables = (
        (table, str(value.get("kind", ""))[:40])
        for table, value in data.items()
        if isinstance(value, dict) and _NAME.fullmatch(table)
    )
    is_name = isinstance(name, str) and _NAME.fullmatch(name) is not None
    return Head(name=str(name) if is_name else "", tables=tuple(tables))
