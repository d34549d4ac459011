"""The rule magics: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "cell.refused"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("!ls\npath", "", [("error", 1)]),
        ("x = 1\nx?\npath", "", [("error", 2)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("%time len(path)", ""),
        ("len(path) % 3", ""),
        ("text = '''\n!ls\n%cd\n'''\ntext + path", ""),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
