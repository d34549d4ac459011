"""Records of an artifact as plain text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jupyter_agilab.panel.columns import WIDTH, clip, columns_of, printable, table

_WIDEST_CELL = 24
_MORE = "..."


def sample_lines(sample: Sequence[Any], width: int | None = None) -> list[str]:
    """Give records as a table where they all are mappings, else one line of JSON each."""
    width = width or WIDTH
    if not all(isinstance(record, dict) and record for record in sample):
        return [clip("  " + _cell(record, quote=True), width) for record in sample]
    names = list(dict.fromkeys(str(name) for record in sample for name in record))
    cells = [[_cell(record.get(name, "")) for name in names] for record in sample]
    heads = list(map(printable, names))
    widths = [min(_WIDEST_CELL, max(map(columns_of, column))) for column in zip(heads, *cells, strict=True)]
    fitting = _fitting(widths, width)
    end = [_MORE] if fitting < len(names) else []
    shown = [[clip(row[at], widths[at]) for at in range(fitting)] + end for row in (heads, *cells)]
    numbers = [all(_is_number(record.get(name)) for record in sample) for name in names]
    return table(
        shown[1:], head=shown[0], sides="".join("r" if is_so else "l" for is_so in numbers), width=width
    )


def _fitting(widths: Sequence[int], width: int) -> int:
    """Give how many columns fit, with room for a mark where some do not; at least one."""
    taken = 2
    for at, column in enumerate(widths):
        is_last = at == len(widths) - 1
        if taken + column > width - (0 if is_last else 2 + len(_MORE)):
            return max(1, at)
        taken += column + 2
    return len(widths)


def _cell(value: Any, *, quote: bool = False) -> str:
    if quote or isinstance(value, dict | list):
        return printable(json.dumps(value, ensure_ascii=False, default=str))
    return "" if value is None else printable(str(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
