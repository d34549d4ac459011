"""The written modules look as a formatter leaves them, and a linter has nothing to say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUFF = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))


def modules(cases: list[Any]) -> list[str]:
    return [str(c.module) for c in cases if c.module.exists() and c.options.get("ruff", True)]


@pytest.mark.parametrize(
    "command", [["format", "--check"], ["check", "--select", "E,F,I,W", "--ignore", "E731,F841"]]
)
def test_ruff_is_content(cases: list[Any], command: list[str]) -> None:
    arguments = [RUFF, *command, "--isolated", "--no-cache", "--line-length", "88", *modules(cases)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_docstrings_are_numpydoc(cases: list[Any]) -> None:
    functions = [
        c for c in cases if c.module.exists() and not c.name.startswith(("ready", "reducer_function"))
    ]
    for case in functions:
        text = case.module.read_text("utf-8")
        function = text[text.index(f"\ndef {case.expected['function'].rpartition(':')[2]}(") :]
        assert '\n    """' in function or '\n    r"""' in function, case.name
        assert "    Parameters\n    ----------\n" in function, case.name


def test_modules_need_nothing_of_ours(cases: list[Any]) -> None:
    for case in cases:
        if case.module.exists():
            text = case.module.read_text("utf-8")
            assert "agilab" not in text
            assert "pickle" not in text
            assert "IPython" not in text
