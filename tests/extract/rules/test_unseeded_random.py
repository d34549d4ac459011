"""The rule unseeded_random: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

UNSEEDED, GLOBAL = "extract.unseeded", "extract.global-random"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("random.random() + len(path)", "import random", [("info", 1)]),
        ("from random import shuffle\n\nx = [path]\nshuffle(x)\nx", "", [("info", 4)]),
        ("np.random.rand(3).sum() + len(path)", "import numpy as np", [("info", 1)]),
        ("pd.read_csv(path).sample(10)", "import pandas as pd", [("info", 1)]),
        (
            "train_test_split([path])",
            "from sklearn.model_selection import train_test_split",
            [("info", 1)],
        ),
        ("draw(path)", "import random\n\n\ndef draw(x):\n    return random.choice(x)\n", [("info", 5)]),
    ],
)
def test_global_generators_are_noted_since_each_partition_seeds_them(
    told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]
) -> None:
    assert told(cell, GLOBAL, setup) == expected
    assert told(cell, UNSEEDED, setup) == []


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("np.random.default_rng().random() + len(path)", "import numpy as np"),
        ("np.random.default_rng(None).random() + len(path)", "import numpy as np"),
        ("np.random.default_rng(seed=None).random() + len(path)", "import numpy as np"),
        ("random.Random().random() + len(path)", "import random"),
        ("random.SystemRandom().random() + len(path)", "import random"),
        ("str(uuid.uuid4()) + path", "import uuid"),
        ("uuid4().hex + path", "from uuid import uuid4"),
        ("os.urandom(4).hex() + path", "import os"),
        ("secrets.token_hex(4) + path", "import secrets"),
    ],
)
def test_what_no_seed_decides_is_warned_about(
    told: Callable[..., list[object]], cell: str, setup: str
) -> None:
    assert told(cell, UNSEEDED, setup) == [("warning", 1)]
    assert told(cell, GLOBAL, setup) == []


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("rng.random() + len(path)", ""),
        ("rng.sample(path)", ""),
        ("np.random.default_rng(seed).random() + len(path)", "import numpy as np"),
        ("np.random.seed(seed)\nnp.random.rand() + len(path)", "import numpy as np"),
        ("random.seed(seed)\nrandom.random() + len(path)", "import random"),
        ("pd.read_csv(path).sample(10, random_state=1)", "import pandas as pd"),
        ("model.random()\npath", "model = None"),
        ("uuid.uuid5(uuid.NAMESPACE_URL, path).hex", "import uuid"),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, UNSEEDED, setup) == []
    assert told(cell, GLOBAL, setup) == []
