"""The rule yields: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.yield"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("yield path", "", [("error", 1)]),
        ("x = yield from path", "", [("error", 1)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("def g(p):\n    yield p\n\n\nlist(g(path))", ""),
        ("f = lambda p: (yield p)\nlen(path)", ""),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
