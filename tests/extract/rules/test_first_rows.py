"""The rule first_rows: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.first-rows"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("df = pd.read_csv(path)\ndf.head()", "import pandas as pd", [("warning", 2)]),
        ("df = pd.read_csv(path)\ndf.tail()", "import pandas as pd", [("warning", 2)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("df = pd.read_csv(path)\ndf.head(3)", "import pandas as pd"),
        ("df = pd.read_csv(path)\ndf.head()\ndf", "import pandas as pd"),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
