from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.partition.streams import open_bytes
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.plan import Plan

BASE: dict[str, Any] = {
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


@pytest.fixture(scope="session")
def contract() -> Callable[..., Contract]:
    return lambda **keys: Contract(**{**BASE, **keys})


@pytest.fixture(scope="session")
def plan_of(contract: Callable[..., Contract]) -> Callable[..., Plan]:
    """Plan a folder: contract keys by keyword, one worker, so that the target alone decides."""

    def plan(folder: Path, *, cores: int = 1, workers: int | None = None, **keys: Any) -> Plan:
        keys.setdefault("min_partitions_per_worker", 1)
        return make_plan(contract(**keys), folder, cores=cores, workers=workers)

    return plan


@pytest.fixture(scope="session")
def csv_rows() -> Callable[..., list[list[str]]]:
    """The judge: what Python's csv module reads from bytes."""

    def rows(data: bytes, encoding: str = "utf-8-sig", **options: Any) -> list[list[str]]:
        return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), **options))

    return rows


@pytest.fixture(scope="session")
def bytes_of() -> Callable[[Partition, Path], bytes]:
    def read(partition: Partition, folder: Path) -> bytes:
        with open_bytes(partition, folder) as stream:
            return stream.read()

    return read


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Make files be read in windows of a few bytes, so that every seam is met."""
    from jupyter_agilab.partition import array_records, csv_records, line_records
    from jupyter_agilab.partition.formats import fasta, fastq

    def shrink(first: int, slab: int) -> None:
        for module in (array_records, csv_records, line_records, fasta, fastq):
            monkeypatch.setattr(module, "_FIRST_WINDOW_BYTES", first)
            monkeypatch.setattr(module, "_SLAB_BYTES", max(first, slab))
        # what is near enough to be looked at without numpy
        monkeypatch.setattr(csv_records, "_NEAR_BYTES", min(first, 512))

    return shrink
