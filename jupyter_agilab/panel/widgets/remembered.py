"""Which part of the panel an author has come to, kept beside the contract and not in it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from jupyter_agilab.atomic import write_json
from jupyter_agilab.run.layout import HOME

SECTIONS = ("function", "split", "reducer", "trial", "scale")
"""The parts in the order in which they should be done."""


def _place(folder: Path, stage: str) -> Path:
    return folder / HOME / "panel" / f"{stage}.json"


def remembered_section(folder: Path, stage: str) -> str:
    """Give the part that was open last; the first one where nothing is known."""
    try:
        section = json.loads(_place(folder, stage).read_bytes())["section"]
    except (OSError, ValueError, KeyError, TypeError):
        return SECTIONS[0]
    return section if section in SECTIONS else SECTIONS[0]


def remember_section(folder: Path, stage: str, section: str) -> None:
    """Keep the part that is open; where the folder cannot be written, nothing is kept."""
    place = _place(folder, stage)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        ignore = folder / HOME / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", "utf-8")
        write_json(place, {"section": section})
