"""What a contract names that is not below the server's root.

A contract may name files anywhere: ``/data/2024/*.csv`` is what many need. Looking at such a contract lists
those files, and a message about one may quote it. Who may start a kernel can see them anyway; who may not
sees none of it through us.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_agilab.server.places import Root

_MOST_SEEN = 100_000
_WILD = re.compile(r"[*?\[{]")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def outside(path: Path, root: Root, text: str | None = None) -> list[str]:
    """Give what a contract or a workflow names that lies outside the root, as it stands there.

    No other file is read.

    Parameters
    ----------
    text
        In place of the file's: what an editor has and has not saved.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8") if text is None else text)
    except (OSError, ValueError, RecursionError):
        return []
    return [name for name in _names(data) if not _is_inside(name, path.parent, root)]


def _names(value: Any) -> Iterator[str]:
    """Give every text that may name a file: which key takes one is for others to know."""
    if isinstance(value, str):
        if "\n" not in value and not _ADDRESS.match(value):
            yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _names(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each)


def _is_inside(name: str, folder: Path, root: Root) -> bool:
    if name.startswith("~"):
        return False
    # up to the first part with a wildcard
    parts: list[str] = []
    is_wild = False
    for part in Path(name.partition(":")[0]).parts:
        if is_wild := bool(_WILD.search(part)):
            break
        parts.append(part)
    try:
        start = folder.joinpath(*parts)
        return root.keeps(start) and not (is_wild and _leads_out(start, root))
    except ValueError:
        return False


def _leads_out(folder: Path, root: Root) -> bool:
    """Say whether something below a folder is a link out of the root, or cannot be known not to be."""
    seen = 0
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            seen += 1
            path = Path(place, name)
            if seen > _MOST_SEEN or (path.is_symlink() and not root.keeps(path)):
                return True
    return False
