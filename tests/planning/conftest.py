from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.contract.model import Contract


@pytest.fixture(scope="session")
def contract() -> Callable[..., Contract]:
    base: dict[str, Any] = {
        "name": "stage",
        "function": "stages/stage.py:stage",
        "split": "files",
        "input": "*.csv",
        "workers": "auto",
        "partition_strategy": "file-chunks",
        "target_partitions": 0,
        "min_partitions_per_worker": 2,
        "reducer": "collect-json",
        "backend": "local",
        "output": "artifacts/stage.json",
    }
    return lambda **keys: Contract(**{**base, **keys})


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    """Write so many files of so many rows; `kind` is text that can be cut, or not."""

    def write(count: int, rows: int = 200, kind: str = "csv") -> Path:
        for number in range(count):
            if kind == "csv":
                (tmp_path / f"f{number:03}.csv").write_text("a,b\n" + f"{number},2\n" * rows)
            else:
                (tmp_path / f"f{number:03}.{kind}").write_bytes(b"\x00\x01\x02\x03" * rows)
        return tmp_path

    return write
