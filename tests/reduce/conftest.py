"""Results stored in segment files, laid out in any way, and reducers run over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.reduce.records import encode
from jupyter_agilab.reduce.types import Encoded, RecordFormat, Reducer, Reduction, StoredResult

Store = Callable[..., list[StoredResult]]
Reduce = Callable[..., bytes]


def stored(
    folder: Path, encoded: Sequence[Encoded], layout: Sequence[Sequence[int]] | None = None
) -> list[StoredResult]:
    """Write encoded results into segment files; `layout` names each one's partitions in order."""
    layout = [range(len(encoded))] if layout is None else layout
    found: dict[int, StoredResult] = {}
    for number, segment in enumerate(layout):
        path = folder / f"{number:05d}.data"
        with path.open("wb") as out:
            for index in segment:
                each = encoded[index]
                found[index] = StoredResult(
                    index,
                    f"id{index}",
                    path,
                    out.tell(),
                    len(each.data),
                    each.records,
                    each.encoding,
                    each.columns,
                )
                out.write(each.data)
    return [found[index] for index in range(len(encoded))]


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Give ``store(values, record_format, layout=None)``: the results of partitions 0, 1, … as stored."""

    def store(
        values: Sequence[Any], record_format: RecordFormat, layout: Sequence[Sequence[int]] | None = None
    ) -> list[StoredResult]:
        encoded = [encode(value, record_format, partition=f"id{at}") for at, value in enumerate(values)]
        return stored(tmp_path_factory.mktemp("segments"), encoded, layout)

    return store


@pytest.fixture
def reduce(store: Store, tmp_path: Path) -> Reduce:
    """Give ``reduce(reducer, values, layout=None)``: the bytes of the artifact."""

    def reduce(
        reducer: Reducer, values: Sequence[Any], layout: Sequence[Sequence[int]] | None = None
    ) -> bytes:
        return run(reducer, store(values, reducer.record_format, layout), tmp_path / "artifact")[0]

    return reduce


def run(reducer: Reducer, results: Sequence[StoredResult], path: Path) -> tuple[bytes, Reduction, list[int]]:
    """Reduce into `path`; give the bytes, what the reducer said, and the progress it told."""
    told: list[int] = []
    with path.open("wb") as out:
        reduction = reducer.reduce(results, out, told.append)
    return path.read_bytes(), reduction, told


@pytest.fixture(name="run")
def run_fixture(tmp_path: Path) -> Callable[..., tuple[bytes, Reduction, list[int]]]:
    """Give ``run(reducer, results)``: bytes, reduction and progress."""
    return lambda reducer, results: run(reducer, results, tmp_path / "artifact")


@pytest.fixture
def lay_out() -> Callable[..., list[StoredResult]]:
    """Give `stored`, for tests that make many layouts in folders of their own."""
    return stored
