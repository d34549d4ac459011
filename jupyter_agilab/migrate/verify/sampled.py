"""Cells with their loops held to their first items, and what a run changed in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jupyter_agilab.migrate.convert.cells import Placed, python_form
from jupyter_agilab.migrate.convert.text import Source

_FIRST = "list(__import__('itertools').islice({}, {}))"
_NARROWED = "__import__('jupyter_agilab.migration.narrow', fromlist=['x']).first_items({!r}, {}, {})"


def old_cell(source: Source, loops: Sequence[Placed], sample: int | None) -> str:
    """Give a cell as it was, its loops over the first `sample` items only; None: over all."""
    if sample is None:
        return source.text
    spans = sorted(span for each in loops for span in each.step.iterables)
    parts, at = [], 0
    for start, end in spans:
        parts += [source.text[at:start], _FIRST.format(f"({source.text[start:end]})", sample)]
        at = end
    return "".join([*parts, source.text[at:]])


def new_cell(typed: str, source: Source, loops: Sequence[Placed], sample: int | None) -> str:
    """Give the rewritten cell, its stages on the first `sample` items only; None: on all."""
    if sample is not None:
        loops = [_narrowed(each, sample) for each in loops]
    (cell,) = python_form(typed, source, loops)
    return cell.source


def _narrowed(placed: Placed, sample: int) -> Placed:
    iterable = placed.step.iterable
    if not (iterable.startswith("(") and iterable.endswith(")")):
        iterable = f"({iterable})"
    return replace(
        placed, step=replace(placed.step, iterable=_NARROWED.format(placed.name, iterable, sample))
    )


def snapshot(folder: Path) -> dict[str, str]:
    """Give each file below a folder, relative to it, with what tells that it was written: size and time."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            seen = path.stat()
            found[path.relative_to(folder).as_posix()] = f"{seen.st_size} {seen.st_mtime_ns}"
    return found
