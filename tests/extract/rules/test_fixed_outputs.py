"""The rule fixed_outputs: what it finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = "extract.fixed-output"


@pytest.mark.parametrize(
    ("cell", "setup", "expected"),
    [
        ("df = pd.read_csv(path)\ndf.to_csv('a.csv')", "import pandas as pd", [("error", 2)]),
        ("with open('log', 'a') as f:\n    f.write(path)", "", [("error", 1)]),
        ("from pathlib import Path\n\nPath('out', 'a').write_text(path)", "", [("error", 3)]),
        ("name = 'a' + '.png'\nfig.savefig(fname=name)\npath", "fig = None", [("error", 2)]),
        ("np.save(f'{prefix}.npy', [len(path)])", "import numpy as np\nprefix = 'x'", [("error", 1)]),
        ("Path('a').open('w').write(path)", "from pathlib import Path", [("error", 1)]),
    ],
)
def test_found(told: Callable[..., list[object]], cell: str, setup: str, expected: list[object]) -> None:
    assert told(cell, CODE, setup) == expected


@pytest.mark.parametrize(
    ("cell", "setup"),
    [
        ("df = pd.read_csv(path)\ndf.to_csv(path + '.out')", "import pandas as pd"),
        ("stem = path.rpartition('.')[0]\nout = f'{stem}.png'\nopen(out, 'w').write('')", ""),
        ("open('settings').read() + path", ""),
        (
            "import io\n\nb = io.StringIO()\npd.DataFrame({'a': [path]}).to_csv(b)\nb.getvalue()",
            "import pandas as pd",
        ),
        ("import tempfile\n\nwith tempfile.NamedTemporaryFile('w') as f:\n    f.write(path)", ""),
        ("from datetime import datetime\n\nopen(datetime.now().isoformat(), 'w').write(path)", ""),
        ("def save(name):\n    open(name, 'w').write('')\n\n\nsave(path)", ""),
        ("pd.read_csv(path).to_json()", "import pandas as pd"),
    ],
)
def test_left_alone(told: Callable[..., list[object]], cell: str, setup: str) -> None:
    assert told(cell, CODE, setup) == []


def test_a_reducer_runs_once_and_may_write_its_file(told: Callable[..., list[object]]) -> None:
    assert told("open('best.txt', 'w').write(str(max(results)))", CODE, role="reducer") == []
