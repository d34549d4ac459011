"""The rule main_guard: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.main-guard"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("if __name__ == '__main__':\n    x = path\nx", "", [("error", 1)]),
        ("if '__main__' != __name__:\n    x = path\nx", "", [("error", 1)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("import logging\n\nlog = logging.getLogger(__name__)\nlog.info(path)\nlen(path)", ""),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
