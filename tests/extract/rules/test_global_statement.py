"""The rule global_statement: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.global"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("def f():\n    global n\n    n = 1\n\n\nf()\npath", "", [("error", 2)]),
        ("f(path)", "def f(x):\n    global n\n    n = x\n", [("error", 2)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        (
            "def f():\n    n = 0\n\n    def g():\n        nonlocal n\n        n += 1\n"
            "        return n\n\n    return g\n\n\n"
            "f()() + len(path)",
            "",
        ),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
