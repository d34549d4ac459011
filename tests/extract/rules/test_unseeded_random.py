"""The rule unseeded_random: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.unseeded"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("random.random() + len(path)", "import random", [("warning", 1)]),
        ("from random import shuffle\n\nx = [path]\nshuffle(x)\nx", "", [("warning", 4)]),
        ("np.random.rand(3).sum() + len(path)", "import numpy as np", [("warning", 1)]),
        ("np.random.default_rng().random() + len(path)", "import numpy as np", [("warning", 1)]),
        ("pd.read_csv(path).sample(10)", "import pandas as pd", [("warning", 1)]),
        (
            "train_test_split([path])",
            "from sklearn.model_selection import train_test_split",
            [("warning", 1)],
        ),
        ("draw(path)", "import random\n\n\ndef draw(x):\n    return random.choice(x)\n", [("warning", 5)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("rng.random() + len(path)", ""),
        ("rng.sample(path)", ""),
        ("np.random.default_rng(seed).random() + len(path)", "import numpy as np"),
        ("np.random.seed(seed)\nnp.random.rand() + len(path)", "import numpy as np"),
        ("pd.read_csv(path).sample(10, random_state=1)", "import pandas as pd"),
        ("model.random()\npath", "model = None"),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []
