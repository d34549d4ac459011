"""The rule return_statement: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.return"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("if path:\n    return 1\nreturn 2", "", [("error", 2), ("error", 3)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("def f(p):\n    return p\n\n\nf(path)", ""),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
