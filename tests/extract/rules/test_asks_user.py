"""The rule asks_user: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.asks"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("input('?')\npath", "", [("error", 1)]),
        ("import getpass as g\ng.getpass(path)", "", [("error", 2)]),
        ("x = path\nbreakpoint()", "", [("error", 2)]),
        ("from pdb import set_trace\nset_trace()\npath", "", [("error", 2)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("def input(x):\n    return x\n\n\ny = input(path)\ny", ""),
        ("input(path)", "def input(x):\n    return x\n"),
        ("path.input()", ""),
        ("text = 'input()' + path\ntext", ""),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
