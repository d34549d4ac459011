"""The rule hidden_names: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.hidden-names"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("eval(path)", "", [("error", 1)]),
        ("exec('a = 1')\npath", "", [("error", 1)]),
        ("locals()[path]", "", [("error", 1)]),
        ("dir()\npath", "", [("error", 1)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("df.eval('a + b')\npath", "import pandas as pd\ndf = None"),
        ("vars(path)", ""),
        ("get_ipython().system(path)", ""),
        ("dir(path)", ""),
        ("eval(path)", "def eval(x):\n    return x\n"),
        ("re.compile(path)", "import re"),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
