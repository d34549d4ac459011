"""The rule asynchronous: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.await"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("await f(path)", "f = len", [("error", 1)]),
        ("async with open(path) as g:\n    pass", "", [("error", 1)]),
        ("[x async for x in path]", "", [("error", 1)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        (
            "async def main(p):\n    return await other(p)\n\n\n"
            "async def other(p):\n    return p\n\n\n"
            "import asyncio\n\nasyncio.run(main(path))",
            "",
        ),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
