"""Orders the findings of a notebook by what converting them would gain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from jupyter_agilab.cells.notebook import Notebook
from jupyter_agilab.migrate.finding import LoopFinding

_LARGEST_FILE = 80_000_000


def ranked(loops: Sequence[LoopFinding], notebook: Notebook) -> tuple[LoopFinding, ...]:
    """Give the same loops, in the same order, with their ranks: conversions first, the dearest first."""
    times = _cell_seconds(notebook) if loops else {}
    order = sorted(range(len(loops)), key=lambda place: _key(loops[place], times, place))
    ranks = {place: rank for rank, place in enumerate(order, start=1)}
    return tuple(
        replace(loop, rank=ranks[place], gain=_with_time(loop, times)) for place, loop in enumerate(loops)
    )


def _key(loop: LoopFinding, times: dict[int, float], place: int) -> tuple[Any, ...]:
    calls = loop.gain.count("`") // 2
    items = loop.items if loop.items is not None else 20
    is_nested = bool(loop.in_function)
    return (
        loop.verdict != "convert",
        loop.reason == "too-small-to-matter",
        -times.get(loop.cell, 0.0),
        is_nested,
        items <= 3,
        -calls * min(items, 1000),
        place,
    )


def _with_time(loop: LoopFinding, times: dict[int, float]) -> str:
    count = "" if loop.items is None else f"; {loop.items} items"
    seconds = times.get(loop.cell)
    took = (
        f"; the cell took {seconds:.1f} s when it was last run"
        if seconds is not None and seconds >= 0.1
        else ""
    )
    return f"{loop.gain}{count}{took}"


def _cell_seconds(notebook: Notebook) -> dict[int, float]:
    """Read how long cells took, where JupyterLab noted it in their metadata."""
    try:
        if notebook.path.stat().st_size > _LARGEST_FILE:
            return {}
        text = notebook.path.read_text("utf-8")
        if "iopub.execute_input" not in text and "shell.execute_reply" not in text:
            return {}
        cells = json.loads(text).get("cells", [])
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
    found: dict[int, float] = {}
    for index, cell in enumerate(cells):
        metadata = cell.get("metadata") if isinstance(cell, dict) else None
        times = metadata.get("execution") if isinstance(metadata, dict) else None
        if not isinstance(times, dict):
            continue
        started, ended = times.get("iopub.execute_input"), times.get("shell.execute_reply")
        try:
            found[index] = (
                datetime.fromisoformat(str(ended)) - datetime.fromisoformat(str(started))
            ).total_seconds()
        except (ValueError, TypeError):
            continue
    return found
