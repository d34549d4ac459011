"""The rule fixed_seed: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.fixed-seed"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("np.random.default_rng(1).random() + len(path)", "import numpy as np", [("warning", 1)]),
        ("random.seed(SEED)\npath", "import random\nSEED = 3", [("warning", 1)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("np.random.default_rng(seed).random() + len(path)", "import numpy as np"),
        ("np.random.default_rng([1, len(path)]).random()", "import numpy as np"),
        ("n = len(path)\nnp.random.default_rng(n).random()", "import numpy as np"),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
