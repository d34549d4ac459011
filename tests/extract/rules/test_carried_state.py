"""The rule carried_state: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.carried-state"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("total += len(path)", "total = 0", [("error", 1)]),
        ("total = total * 2 + len(path)", "total = 0", []),
        ("total = total + len(path)", "total = 0", [("error", 1)]),
        ("total = len(path) + total", "total = 0", [("error", 1)]),
        ("n: int = len(path)\nseen |= {n}", "seen = set()", [("error", 2)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("total = 0\ntotal += len(path)\ntotal", "total = 5"),
        ("path += '.csv'\nlen(path)", ""),
        ("name = name.strip()\nname + path", 'name = " a"'),
        ("def f(total):\n    total += 1\n    return total\n\n\nf(len(path))", "total = 0"),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
