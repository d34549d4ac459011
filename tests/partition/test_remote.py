"""Inputs behind URLs: fsspec's memory and http stores; only the bytes of a partition are asked for."""

from __future__ import annotations

import csv
import importlib
import io
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError, MissingDependencyError, PlanError
from jupyter_agilab.partition import read
from jupyter_agilab.partition.fingerprints import is_unchanged
from jupyter_agilab.partition.stores import is_url, store_of

CSV = ("id,text\n" + "".join(f'{number},"two\nlines {number}"\n' for number in range(30_000))).encode()


class Server:
    """A web server on this machine: files by path, and what was asked of them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.sent: list[int] = []
        self.has_ranges = self.has_etags = True
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def do_GET(self) -> None:
                self.answer(with_body=True)

            def answer(self, *, with_body: bool) -> None:
                data = outer.files.get(self.path)
                if data is None and self.path.endswith("/"):
                    names = [path for path in outer.files if path.startswith(self.path)]
                    data = "".join(f'<a href="{name}">x</a>' for name in names).encode()
                if data is None:
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                asked = self.headers.get("Range")
                status, start, stop = 200, 0, len(data)
                if asked and outer.has_ranges:
                    first, _, last = asked.removeprefix("bytes=").partition("-")
                    status, start, stop = 206, int(first), min(int(last or len(data)) + 1, len(data))
                self.send_response(status)
                self.send_header("Content-Length", str(stop - start))
                if outer.has_ranges:
                    self.send_header("Accept-Ranges", "bytes")
                if outer.has_etags:
                    self.send_header("ETag", f'"{hash(data)}"')
                if status == 206:
                    self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
                self.end_headers()
                if with_body:
                    # counted first: the client may be done with the answer before this thread goes on
                    outer.sent.append(stop - start)
                    self.wfile.write(data[start:stop])

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def web() -> Iterator[Server]:
    pytest.importorskip("aiohttp")
    server = Server()
    yield server
    server.server.shutdown()
    server.server.server_close()
    store_of.cache_clear()


@pytest.fixture
def memory() -> str:
    return f"memory://{uuid.uuid4().hex}"


def put(url: str, data: bytes) -> None:
    fsspec.filesystem("memory").pipe("/" + url.partition("://")[2], data)


def expected() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(CSV.decode(), newline="")))


@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
def test_a_csv_on_a_web_server(plan_of, web, tmp_path, strategy) -> None:
    web.files["/data/a.csv"] = CSV
    plan = plan_of(tmp_path, input=f"{web.url}/data/a.csv", target_partitions=5, partition_strategy=strategy)
    assert [partition.kind for partition in plan.partitions] == ["bytes"] * 5
    assert plan.partitions[0].source == f"{web.url}/data/a.csv"
    assert len(web.sent) < 60
    if strategy == "file-chunks":
        assert sum(web.sent) < len(CSV) * 0.3
    web.sent.clear()
    rows = list(read.iter_rows(plan.partitions[3], tmp_path))
    own = plan.partitions[3]
    assert sum(web.sent) <= own.stop - own.start + 2 * own.header_bytes
    web.sent.clear()
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, tmp_path)]
    assert rows == expected()
    assert sum(web.sent) <= len(CSV) + 100
    frames = [read.pandas_frame(partition, tmp_path) for partition in plan.partitions]
    assert sum(map(len, frames)) == 30_000
    web.sent.clear()
    tables = [read.arrow_table(partition, tmp_path) for partition in plan.partitions]
    assert sum(map(len, tables)) == 30_000
    # the header and the range, at most
    assert len(web.sent) <= 2 * len(tables)


def test_patterns_on_a_web_server(plan_of, web, tmp_path) -> None:
    for name in ("b.csv", "a.csv", "c.txt", ".hidden.csv"):
        web.files[f"/data/{name}"] = CSV
    plan = plan_of(tmp_path, input=f"{web.url}/data/*.csv", target_partitions=2)
    assert [partition.source for partition in plan.partitions] == [
        f"{web.url}/data/a.csv",
        f"{web.url}/data/b.csv",
    ]
    none = plan_of(tmp_path, input=f"{web.url}/data/*.parquet", target_partitions=2)
    assert [finding.code for finding in none.findings] == ["plan.no-input"]
    none = plan_of(tmp_path, input=f"{web.url}/data/none.csv", target_partitions=2)
    assert [finding.code for finding in none.findings] == ["plan.no-input"]


def test_a_change_is_noticed_by_its_version(plan_of, web, tmp_path) -> None:
    web.files["/a.csv"] = CSV
    plan = plan_of(tmp_path, input=f"{web.url}/a.csv", target_partitions=2)
    assert all(is_unchanged(partition, tmp_path) for partition in plan.partitions)
    web.files["/a.csv"] = CSV.replace(b"lines 7", b"LINES 7")
    assert not any(is_unchanged(partition, tmp_path) for partition in plan.partitions)
    again = plan_of(tmp_path, input=f"{web.url}/a.csv", target_partitions=2)
    assert [partition.id for partition in again.partitions] == [partition.id for partition in plan.partitions]
    assert again.partitions[0].fingerprint != plan.partitions[0].fingerprint


def test_a_server_without_versions_is_told(plan_of, web, tmp_path) -> None:
    web.files["/a.csv"] = CSV
    web.has_etags = False
    plan = plan_of(tmp_path, input=f"{web.url}/a.csv", target_partitions=2)
    assert "partition.no-version" in [finding.code for finding in plan.findings]


def test_a_server_without_ranges_gives_whole_files(plan_of, web, tmp_path) -> None:
    web.files["/a.csv"] = CSV
    web.has_ranges = False
    plan = plan_of(tmp_path, input=f"{web.url}/a.csv", target_partitions=2)
    assert plan.partition_count == 1
    assert "its server gives only whole files" in plan.findings[0].message
    plan = plan_of(tmp_path, input=f"{web.url}/a.csv", partition_strategy="one-file-per-partition")
    assert list(read.iter_rows(plan.partitions[0], tmp_path)) == expected()
    with read.temporary_file(plan.partitions[0], tmp_path) as path:
        assert path.read_bytes() == CSV


def test_a_server_that_is_gone(plan_of, tmp_path) -> None:
    pytest.importorskip("aiohttp")
    plan = plan_of(tmp_path, input="http://127.0.0.1:9/a.csv", target_partitions=2)
    assert [finding.code for finding in plan.findings] == ["plan.no-input"]
    assert "its server does not answer" in plan.findings[0].hint
    with pytest.raises(PlanError, match="cannot be listed"):
        plan_of(tmp_path, input="http://127.0.0.1:9/*.csv", target_partitions=2)


def test_only_the_columns_of_a_remote_parquet_file_are_asked_for(plan_of, web, tmp_path) -> None:
    columns = {f"c{number}": list(range(number, 20_000 + number)) for number in range(50)}
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held, row_group_size=5_000)
    web.files["/a.parquet"] = held.getvalue()
    plan = plan_of(tmp_path, input=f"{web.url}/a.parquet", target_partitions=4)
    assert plan.partition_count == 4
    web.sent.clear()
    tables = [
        read.arrow_table(partition, tmp_path, {"used_columns": ("c7", "none")})
        for partition in plan.partitions
    ]
    assert pa.concat_tables(tables).to_pydict() == {"c7": columns["c7"]}
    assert sum(web.sent) < len(held.getvalue()) / 8


def test_patterns_in_memory(plan_of, memory, tmp_path) -> None:
    for name in ("x/b.csv", "x/a.csv", "x/y/c.csv", "x/d.txt"):
        put(f"{memory}/{name}", CSV)
    plan = plan_of(tmp_path, input=f"{memory}/x/*.csv", target_partitions=2)
    assert [partition.source.rpartition("/")[2] for partition in plan.partitions] == ["a.csv", "b.csv"]
    assert all(is_url(partition.source) for partition in plan.partitions)
    plan = plan_of(tmp_path, input=f"{memory}/**/*.csv", target_partitions=3)
    assert [partition.source.rpartition("/")[2] for partition in plan.partitions] == [
        "a.csv",
        "b.csv",
        "c.csv",
    ]
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, tmp_path)]
    assert rows == expected() * 3


def test_a_whole_file_is_fetched_for_a_path(plan_of, memory, tmp_path) -> None:
    put(f"{memory}/a.bin", b"anything")
    plan = plan_of(tmp_path, input=f"{memory}/a.bin", target_partitions=1)
    (partition,) = plan.partitions
    with read.temporary_file(partition, tmp_path) as path:
        assert (path.name, path.read_bytes()) == ("a.bin", b"anything")
    assert not path.exists()
    with read.open_bytes(partition, tmp_path) as stream:
        assert stream.read(3) == b"any"


def test_a_database_behind_a_url_is_fetched_whole(plan_of, memory, tmp_path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("CREATE TABLE t (n)")
        connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(9)])
        connection.commit()
    put(f"{memory}/a.db", (tmp_path / "a.db").read_bytes())
    plan = plan_of(tmp_path, input=f"{memory}/a.db", target_partitions=3)
    assert plan.partition_count == 1
    assert "behind a URL" in plan.findings[0].message
    assert list(read.iter_rows(plan.partitions[0], tmp_path)) == [{"n": n} for n in range(9)]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nosuch://bucket/a.csv", "cannot be read"),
        ("zip://a.csv::memory://x.zip", "is a chain of stores"),
    ],
)
def test_what_is_no_store_is_told(plan_of, tmp_path, url, told) -> None:
    with pytest.raises(PlanError, match=told):
        plan_of(tmp_path, input=url, target_partitions=2)


def test_a_plug_in_that_is_not_installed_is_told(monkeypatch) -> None:
    registry = importlib.import_module("fsspec.registry")
    monkeypatch.setitem(
        registry.known_implementations,
        "nowhere",
        {"class": "nowhere.Store", "err": "Install nowhere to access it"},
    )
    with pytest.raises(MissingDependencyError, match="Install nowhere"):
        store_of("nowhere://a/b.csv")
    with pytest.raises(AgilabError):
        store_of("nowhere://a/c.csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://b/a.csv", True),
        ("C://a.csv", False),
        ("data/a.csv", False),
        ("/a://b", False),
        ("file:///a", True),
    ],
)
def test_what_is_a_url(text, expected) -> None:
    assert is_url(text) is expected


def test_a_local_url_is_read_like_others(plan_of, tmp_path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    plan = plan_of(tmp_path, input=f"file://{tmp_path}/*.csv", target_partitions=3)
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, Path("/"))]
    assert plan.partition_count == 3
    assert rows == expected()
    declared = plan_of(
        tmp_path,
        input=f"file://{tmp_path}/a.csv",
        target_partitions=3,
        partition=PartitionTable(format="text"),
    )
    assert {partition.format for partition in declared.partitions} == {"text"}
