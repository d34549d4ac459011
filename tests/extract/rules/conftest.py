"""What the tests of the rules share: a cell in a kernel, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.extract.from_cell import extract, extract_reducer

Told = list[tuple[str, int | None]]


@pytest.fixture
def told(in_kernel: Callable[..., CellContext]) -> Callable[..., Told]:
    """Give severity and line of each finding with a code, in the order of the lines."""

    def findings(cell: str, code: str, setup: str = "", *, role: str = "stage", **options: Any) -> Told:
        context = in_kernel(setup)
        if role == "reducer":
            found = extract_reducer(cell, name="work", context=context)
        else:
            found = extract(cell, name="work", split="files", context=context, **options)
        return [(f.severity, f.line) for f in found.findings if f.code == code]

    return findings
