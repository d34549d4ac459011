"""Memory does not grow with the number or the size of results."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_agilab.reduce.arrow_stream import to_stream
from jupyter_agilab.reduce.collect_json import CollectJson
from jupyter_agilab.reduce.concat_csv import ConcatCsv
from jupyter_agilab.reduce.concat_jsonl import ConcatJsonl
from jupyter_agilab.reduce.concat_parquet import ConcatParquet
from jupyter_agilab.reduce.custom import CustomReducer, ResultStream
from jupyter_agilab.reduce.registry import READY_MADE
from jupyter_agilab.reduce.types import Reducer, StoredResult

MANY = 200_000


class ManyResults:
    """The same few stored bytes for every partition, made when asked for; every fifth out of place."""

    def __init__(self, path: Path, count: int, data: bytes, encoding: str, columns: tuple[str, ...]) -> None:
        path.write_bytes(data * 1000)
        self.path, self.count, self.length = path, count, len(data)
        self.encoding, self.columns = encoding, columns

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[StoredResult]:
        for at in range(self.count):
            place = (at if at % 5 else at * 7) % 1000
            columns = self.columns[::-1] if at % 100 == 99 else self.columns
            yield StoredResult(
                at, "id", self.path, place * self.length, self.length, 1, self.encoding, columns
            )


class Nowhere(io.RawIOBase):
    """Counts what is written and keeps nothing."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)

    def tell(self) -> int:
        return self.size


def peak_of(reducer: Reducer, results: Any) -> tuple[int, int]:
    """Give the peak of Python's memory in bytes while reducing, and how much was written."""
    raw = Nowhere()
    out = io.BufferedWriter(raw)
    tracemalloc.start()
    try:
        reducer.reduce(results, out)
        out.flush()
        return tracemalloc.get_traced_memory()[1], raw.size
    finally:
        tracemalloc.stop()


def count(results: ResultStream) -> int:
    return sum(1 for _ in results)


def ready_made(name: str) -> CustomReducer:
    return CustomReducer(next(each.make for each in READY_MADE if each.name == name))


TINY: dict[str, tuple[Callable[[], Reducer], bytes, str, tuple[str, ...]]] = {
    "collect-json": (CollectJson, b'{"n":12345}\n', "json", ()),
    "concat-jsonl": (ConcatJsonl, b'{"n":12345}\n', "jsonl", ()),
    "concat-csv": (ConcatCsv, b"1,x\n", "csv", ("a", "b")),
    "custom": (lambda: CustomReducer(count), b'{"n":12345}\n', "json", ()),
    "custom, streamed": (lambda: CustomReducer(iter, suffix=".jsonl"), b'{"n":12345}\n', "json", ()),
    "sum": (lambda: ready_made("sum"), b'{"n":12345.5}\n', "json", ()),
}


def most_memory_kib() -> int:
    # what getrusage tells starts with the parent's memory
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def reduce_many(name: str, folder: Path, count: int) -> int:
    """Reduce in this process; give by how much the process' most memory grew, in KiB."""
    make, data, encoding, columns = TINY[name]
    results = ManyResults(folder / "00000.data", count, data, encoding, columns)
    before = most_memory_kib()
    with (folder / "artifact").open("wb") as out:
        make().reduce(results, out)
    return most_memory_kib() - before


@pytest.mark.skipif(sys.platform != "linux", reason="platform: only Linux tells the peak of one process")
def test_two_hundred_thousand_tiny_results(tmp_path: Path) -> None:
    command = [sys.executable, __file__, str(tmp_path)]
    grown = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert grown.pop("kept in a list") > 10 * 1024, "or the measure sees nothing"
    assert list(grown) == list(TINY)
    assert max(grown.values()) < 2 * 1024, "KiB that 200,000 results need beyond 2,000"


BIG = 10 << 20


@pytest.mark.parametrize("name", ["collect-json", "concat-jsonl", "concat-csv"])
def test_few_huge_results(name: str, tmp_path: Path) -> None:
    make, _, encoding, columns = TINY[name]
    line = {"csv": b"1," + b"x" * 200 + b"\n"}.get(encoding, json.dumps("x" * 100).encode() + b"\n")
    data = line * (BIG // len(line)) if encoding != "json" else json.dumps("x" * BIG).encode() + b"\n"
    path = tmp_path / "00000.data"
    path.write_bytes(data * 2)
    results = [
        StoredResult(0, "id0", path, 0, len(data), 5, encoding, columns),
        StoredResult(1, "id1", path, len(data), len(data), 5, encoding, columns[::-1]),
    ]
    peak, written = peak_of(make(), results)
    assert written >= 2 * len(data)
    assert peak < 5 << 20


def test_few_huge_tables(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"n": list(range(100_000)), "text": ["x" * 90] * 100_000})
    data = to_stream(arrow.concat_tables([table] * 10))
    path = tmp_path / "00000.data"
    path.write_bytes(data)
    results = [StoredResult(at, f"id{at}", path, 0, len(data), 1_000_000, "arrow:pyarrow") for at in range(4)]
    before = arrow.total_allocated_bytes()
    pool = arrow.default_memory_pool()
    held: list[int] = []

    class Watched(Nowhere):
        def write(self, data: Any) -> int:
            held.append(pool.bytes_allocated() - before)
            return super().write(data)

    out = io.BufferedWriter(Watched())
    reduction = ConcatParquet().reduce(results, out)
    assert reduction.records == 4_000_000
    assert max(held) < 1.5 * len(data), "one row group and its pages, not four tables"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    grown = {}
    for name in TINY:
        reduce_many(name, folder, 2_000)
        grown[name] = reduce_many(name, folder, MANY)
    TINY["kept in a list"] = (lambda: CustomReducer(lambda results: len(list(results))), *TINY["custom"][1:])
    grown["kept in a list"] = reduce_many("kept in a list", folder, MANY)
    print(json.dumps(grown))
