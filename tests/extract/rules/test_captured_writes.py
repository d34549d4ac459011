"""The rule captured_writes: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.captured-write"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("found.append(path)", "found = []", [("error", 1)]),
        ("seen[path] = 1", "seen = {}", [("error", 1)]),
        ("del seen[path]", "seen = {}", [("error", 1)]),
        ("f.calls = path", "def f(): ...", [("error", 1)]),
        ("def note(x):\n    seen.add(x)\n\n\nnote(path)", "seen = set()", [("error", 2)]),
        ("note(path)", "seen = set()\n\n\ndef note(x):\n    seen.add(x)\n", [("error", 5)]),
        ("log['a']['b'].update(x=path)", "log = {}", [("error", 1)]),
        ("del found\npath", "found = []", [("error", 1)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("found = []\nfound.append(path)\nfound", "found = [1]"),
        ("import os\n\nos.environ['A'] = path\nlen(path)", ""),
        ("df = pd.read_csv(path)\ndf['a'] = 1\ndf.columns = ['b']\ndel df['b']\ndf", "import pandas as pd"),
        ("def f(found):\n    found.append(1)\n    return found\n\n\nf([path])", "found = []"),
        ("names.index(path)", "names = []"),
        ("sorted(names) + [path]", "names = []"),
        ("plt.rcParams['a'] = 1\nlen(path)", "import types as plt"),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
