"""Stages to show: small files, a contract, and what a plan and a run of many partitions look like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE_S = 60.0

CONTRACT = """\
# a comment that must stay
schema = "agilab.parallel_stage.v1"
name = "clean"
function = "stages/clean.py:clean"
split = "files"
input = "data/*.csv"
workers = 2  # two are enough
partition_strategy = "one-file-per-partition"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "concat-jsonl"
backend = "pool"
output = "artifacts/clean.jsonl"

[execution]
on_failure = "finish"
"""

MODULE = '''\
import time


def clean(path: str) -> list[dict]:
    """Give the file's rows."""
    time.sleep(0.02)
    if path.endswith("f07.csv"):
        print("look out")
        raise ValueError("bad seven")
    return [{"file": path}]
'''


def until(is_so: Callable[[], object], what: str = "") -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, what or "it did not come"
        time.sleep(0.02)


@pytest.fixture
def wait() -> Callable[..., None]:
    """Give ``wait(is_so, what)``."""
    return until


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with twelve files and the stage ``clean``, whose partition 7 fails."""
    (tmp_path / "data").mkdir()
    (tmp_path / "stages").mkdir()
    for number in range(12):
        (tmp_path / f"data/f{number:02}.csv").write_text("a,b\n" + "1,2\n" * (number + 1), "utf-8")
    (tmp_path / "stages/clean.py").write_text(MODULE, "utf-8")
    (tmp_path / "clean.parallel_stage.toml").write_text(CONTRACT, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def contract(folder: Path) -> Path:
    """Give the contract of the stage ``clean``."""
    return folder / "clean.parallel_stage.toml"


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Check that a test leaves no widget and no thread of a panel."""
    import threading

    from ipywidgets.widgets.widget import _instances

    before = set(_instances)
    yield
    until(
        lambda: not [each for each in threading.enumerate() if each.name.startswith("agilab-")],
        "a thread is left",
    )
    assert set(_instances) == before
