from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition import read
from jupyter_agilab.partition.byte_ranges import RangesReader
from jupyter_agilab.partition.types import Partition

ROWS = [{"n": number, "text": f'line "{number}"\nmore', "x": number / 7} for number in range(100)]


def csv_bytes(line_end: str = "\n", delimiter: str = ",", bom: bool = False, header: bool = True) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["n", "text", "x"], lineterminator=line_end, delimiter=delimiter)
    if header:
        writer.writeheader()
    writer.writerows(ROWS)
    return (b"\xef\xbb\xbf" if bom else b"") + out.getvalue().encode()


@pytest.fixture
def cut(plan_of, tmp_path):
    """Write a file, cut it, and give the partitions with the folder."""

    def cut(data: bytes, name: str = "a.csv", count: int = 7, **table):
        (tmp_path / name).write_bytes(data)
        keys = (
            {"split": "data-partitions", "partition_strategy": "row-chunks"}
            if name.endswith("parquet")
            else {}
        )
        plan = plan_of(
            tmp_path, input=name, target_partitions=count, partition=PartitionTable(**table), **keys
        )
        return list(plan.partitions), tmp_path

    return cut


@pytest.fixture
def parquet(cut):
    held = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), held, row_group_size=23)
    return cut(held.getvalue(), "a.parquet")


FRAMES = {
    "pandas": lambda *args: read.pandas_frame(*args).to_dict("records"),
    "polars": lambda *args: read.polars_frame(*args).to_dicts(),
    "arrow": lambda *args: read.arrow_table(*args).to_pylist(),
}


@pytest.mark.parametrize("form", FRAMES)
@pytest.mark.parametrize(
    ("written", "reader"),
    [
        pytest.param({}, {}, id="plain"),
        pytest.param({"line_end": "\r\n", "bom": True}, {}, id="windows"),
        pytest.param({"delimiter": ";"}, {"delimiter": ";"}, id="semicolons"),
    ],
)
def test_csv_frames(cut, form, written, reader) -> None:
    partitions, folder = cut(csv_bytes(**written), **reader)
    assert len(partitions) == 7
    assert [row for partition in partitions for row in FRAMES[form](partition, folder, reader)] == ROWS


@pytest.mark.parametrize("form", FRAMES)
def test_parquet_frames(parquet, form) -> None:
    partitions, folder = parquet
    assert len(partitions) == 7
    assert [row for partition in partitions for row in FRAMES[form](partition, folder, {})] == ROWS
    chosen = [
        row for partition in partitions for row in FRAMES[form](partition, folder, {"columns": ("x", "n")})
    ]
    assert chosen == [{"x": row["x"], "n": row["n"]} for row in ROWS]
    with pytest.raises(AgilabError, match="no column 'y'"):
        FRAMES[form](partitions[0], folder, {"columns": ("y",)})


@pytest.mark.parametrize("form", FRAMES)
def test_json_lines_frames(cut, form) -> None:
    rows = [
        {"id": f"{number:04}", "n": number, "day": "2024-01-01", "x": 0.1 * number} for number in range(40)
    ]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    partitions, folder = cut(data, "a.jsonl")
    assert len(partitions) == 7
    read_back = [row for partition in partitions for row in FRAMES[form](partition, folder, {})]
    if form == "arrow":
        # arrow takes such text for a date; the value is the same
        read_back = [{**row, "day": row["day"].date().isoformat()} for row in read_back]
    assert read_back == rows
    only = [row for partition in partitions for row in FRAMES[form](partition, folder, {"columns": ("id",)})]
    assert only == [{"id": row["id"]} for row in rows]


@pytest.mark.parametrize("form", FRAMES)
def test_text_frames(cut, form) -> None:
    partitions, folder = cut("ä\r\n\n b\nc".encode(), "a.txt", count=3)
    read_back = [row["line"] for partition in partitions for row in FRAMES[form](partition, folder, {})]
    assert read_back == ["ä", "", " b", "c"]


@pytest.mark.parametrize("form", FRAMES)
def test_chosen_columns_come_in_their_order(cut, form) -> None:
    partitions, folder = cut(csv_bytes())
    frame = FRAMES[form](partitions[3], folder, {"columns": ("x", "n")})
    assert all(set(row) == {"x", "n"} for row in frame)


@pytest.mark.parametrize("form", FRAMES)
def test_a_table_without_rows(cut, form) -> None:
    partitions, folder = cut(b"a,b\n")
    assert FRAMES[form](partitions[0], folder, {}) == []
    assert list(read.pandas_frame(partitions[0], folder).columns) == ["a", "b"]
    for name in ("e.csv", "e.jsonl"):
        partitions, folder = cut(b"", name)
        assert FRAMES[form](partitions[0], folder, {}) == []


def test_without_header(cut) -> None:
    partitions, folder = cut(csv_bytes(header=False), header=False)
    reader = {"header": False}
    rows = [row for partition in partitions for row in read.iter_rows(partition, folder, reader)]
    assert [list(row) for row in rows] == [["column_1", "column_2", "column_3"]] * 100
    assert [int(row["column_1"]) for row in rows] == [row["n"] for row in ROWS]
    frames = [read.pandas_frame(partition, folder, reader) for partition in partitions]
    assert pd.concat(frames)[0].tolist() == [row["n"] for row in ROWS]
    assert sum(len(read.polars_frame(partition, folder, reader)) for partition in partitions) == 100
    assert sum(len(read.arrow_table(partition, folder, reader)) for partition in partitions) == 100


def test_other_encodings(cut) -> None:
    data = 'name,n\n"größe\n",1\nå,2\nß,3\n'.encode("latin-1")
    partitions, folder = cut(data, count=3, encoding="latin-1")
    reader = {"encoding": "latin-1"}
    assert len(partitions) == 3
    for rows in FRAMES.values():
        names = [row["name"] for partition in partitions for row in rows(partition, folder, reader)]
        assert names == ["größe\n", "å", "ß"]
    assert [
        row["name"] for partition in partitions for row in read.iter_rows(partition, folder, reader)
    ] == names


def test_utf_16_is_read_whole(cut) -> None:
    partitions, folder = cut("a,b\n1,ä\n".encode("utf-16"))
    assert len(partitions) == 1
    assert list(read.iter_rows(partitions[0], folder)) == [{"a": "1", "b": "ä"}]
    assert all(rows(partitions[0], folder, {}) == [{"a": 1, "b": "ä"}] for rows in FRAMES.values())


def test_rows_are_what_a_dict_reader_gives(cut) -> None:
    data = b'a,b\n1,2,,\n\n3\n\n\n\n4,5,6,7\n"x\ny",""\n'
    partitions, folder = cut(data, count=9)
    whole = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert len(partitions) == 4
    assert [row for partition in partitions for row in read.iter_rows(partition, folder)] == whole


def test_rows_of_every_format(cut, parquet) -> None:
    partitions, folder = parquet
    assert [row for partition in partitions for row in read.iter_rows(partition, folder)] == ROWS
    partitions, folder = cut(b'{"a": 1}\n\n{"a": [2]}\n', "b.jsonl", count=2)
    assert [row for partition in partitions for row in read.iter_rows(partition, folder)] == [
        {"a": 1},
        {"a": [2]},
    ]
    partitions, folder = cut(b"x\ny\n", "b.txt", count=2)
    assert [row for partition in partitions for row in read.iter_rows(partition, folder)] == [
        {"line": "x"},
        {"line": "y"},
    ]


def test_rows_are_read_lazily(cut) -> None:
    partitions, folder = cut(b"".join(b'{"n": %d}\n' % n for n in range(10)) + b"oops\n", "c.jsonl", count=1)
    rows = read.iter_rows(partitions[0], folder)
    assert next(rows) == {"n": 0}
    with pytest.raises(AgilabError, match=r"line 11 of c\.jsonl is not JSON"):
        list(rows)


@pytest.mark.parametrize(
    ("line", "told"), [(b"[1]\n", "is a JSON list, not an object"), (b"{\n", "is not JSON")]
)
def test_lines_that_are_no_objects(cut, line, told) -> None:
    partitions, folder = cut(line, "c.jsonl", count=1)
    with pytest.raises(AgilabError, match=told):
        list(read.iter_rows(partitions[0], folder))


def test_lines(cut) -> None:
    partitions, folder = cut(b"\xef\xbb\xbfone\r\ntwo\n\nfour", "a.log", count=4)
    assert len(partitions) == 4
    assert [line for partition in partitions for line in read.iter_lines(partition, folder)] == [
        "one",
        "two",
        "",
        "four",
    ]


def test_text_is_what_open_gives(cut) -> None:
    partitions, folder = cut(csv_bytes("\r\n", bom=True))
    with read.open_text(partitions[2], folder) as stream:
        text = stream.read()
    assert text.startswith("n,text,x\r\n")
    assert "\ufeff" not in text
    partitions, folder = cut(b"a\r\nb\r\n", "a.txt", count=2)
    with read.open_text(partitions[1], folder) as stream:
        assert stream.read() == "b\n"


def test_a_temporary_file_is_exactly_the_partition(cut) -> None:
    data = csv_bytes()
    partitions, folder = cut(data)
    header = data[: partitions[0].header_bytes]
    joined = b""
    for partition in partitions:
        with read.temporary_file(partition, folder) as path:
            assert path.name == f"a-{partition.start}-{partition.stop}.csv"
            own = path.read_bytes()
            assert own.startswith(header)
            joined += own[len(header) :]
            assert pd.read_csv(path).columns.tolist() == ["n", "text", "x"]
        assert not path.parent.exists()
    assert header + joined == data


def test_a_temporary_file_goes_away_after_an_error(cut) -> None:
    partitions, folder = cut(csv_bytes())
    with pytest.raises(ZeroDivisionError), read.temporary_file(partitions[0], folder) as path:
        raise ZeroDivisionError
    assert not path.parent.exists()


def test_a_whole_file_is_given_itself(cut) -> None:
    partitions, folder = cut(csv_bytes(), count=1)
    with read.temporary_file(partitions[0], folder) as path:
        assert path == folder / "a.csv"
    assert path.exists()


def test_row_ranges_as_files(parquet) -> None:
    partitions, folder = parquet
    rows = []
    for partition in partitions:
        with read.temporary_file(partition, folder) as path:
            rows += pq.read_table(path).to_pylist()
        with read.open_bytes(partition, folder) as stream:
            assert pq.read_table(stream).num_rows == partition.stop - partition.start
    assert rows == ROWS


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.bz2", "a.csv.xz", "a.csv.zip", "a.csv.zst"])
def test_compressed_files_are_read_through(cut, name) -> None:
    data = csv_bytes()
    held = io.BytesIO()
    match Path(name).suffix:
        case ".gz":
            held.write(gzip.compress(data))
        case ".bz2":
            held.write(bz2.compress(data))
        case ".xz":
            held.write(lzma.compress(data))
        case ".zst":
            held.write(pa.compress(data, "zstd", asbytes=True))
        case _:
            with zipfile.ZipFile(held, "w") as archive:
                archive.writestr("a.csv", data)
    partitions, folder = cut(held.getvalue(), name)
    assert [(partition.kind, partition.format) for partition in partitions] == [("file", "csv")]
    assert all(rows(partitions[0], folder, {}) == ROWS for rows in FRAMES.values())
    assert [int(row["n"]) for row in read.iter_rows(partitions[0], folder)] == list(range(100))
    with read.open_bytes(partitions[0], folder) as stream:
        assert stream.read() == held.getvalue()


def test_a_zip_of_several_files_is_refused(cut) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.csv", "a\n")
        archive.writestr("b.csv", "a\n")
    partitions, folder = cut(held.getvalue(), "a.csv.zip")
    with pytest.raises(AgilabError, match="holds 2 files, and one was expected"):
        read.pandas_frame(partitions[0], folder)


def test_types_may_differ_between_partitions(cut) -> None:
    partitions, folder = cut(b"a\n" + b"1\n" * 50 + b"x\n" * 50, count=2)
    kinds = [read.pandas_frame(partition, folder)["a"].dtype.kind for partition in partitions]
    assert kinds[0] == "i"
    assert kinds[1] != "i"


@pytest.mark.parametrize("form", [*FRAMES.values(), lambda *args: list(read.iter_rows(*args))])
def test_formats_without_records_are_refused(cut, form) -> None:
    partitions, folder = cut(b"\x89PNG", "a.png")
    with pytest.raises(AgilabError, match=r"a\.png cannot be given as .*: its name does not say") as caught:
        form(partitions[0], folder, {})
    assert "`format` in [partition]" in caught.value.hint


def test_a_set_of_parameters_has_no_file(tmp_path) -> None:
    partition = Partition(0, "x", "parameters", "", 0, 0, 0, "", {"a": 1}, 1.0, "x")
    with pytest.raises(AgilabError, match="has no file"):
        read.open_bytes(partition, tmp_path)


def test_a_file_that_shrank_is_told(cut) -> None:
    partitions, folder = cut(csv_bytes())
    (folder / "a.csv").write_bytes(b"n,text,x\n")
    with pytest.raises(AgilabError, match="is shorter than when it was planned"):
        read.open_bytes(partitions[-1], folder)


def test_a_column_that_is_not_there(cut) -> None:
    partitions, folder = cut(csv_bytes())
    with pytest.raises(AgilabError, match="has no column 'y'"):
        list(read.iter_rows(partitions[0], folder, {"columns": ("n", "y")}))


def test_the_library_that_is_asked_for_must_be_there(cut, monkeypatch) -> None:
    import sys

    partitions, folder = cut(csv_bytes())
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(AgilabError, match="pandas is not installed here"):
        read.pandas_frame(partitions[0], folder)


@pytest.mark.parametrize("ranges", [[(0, 3), (7, 20)], [(0, 0), (5, 9)], [(2, 4), (4, 6), (19, 20)], []])
def test_ranges_read_like_a_file(tmp_path, ranges) -> None:
    data = bytes(range(65, 85))
    (tmp_path / "a").write_bytes(data)
    expected = b"".join(data[start:stop] for start, stop in ranges)
    rng = np.random.default_rng(1)
    with io.BufferedReader(RangesReader(io.FileIO(tmp_path / "a"), ranges), 3) as stream:
        assert stream.read() == expected
        assert stream.seek(0, io.SEEK_END) == len(expected)
        for _ in range(50):
            place = int(rng.integers(0, len(expected) + 3))
            length = int(rng.integers(0, 6))
            stream.seek(place)
            assert stream.read(length) == expected[place : place + length]
    with RangesReader(io.FileIO(tmp_path / "a"), ranges) as raw:
        assert (raw.readable(), raw.seekable(), raw.writable()) == (True, True, False)
        assert raw.seek(3) == raw.tell() == 3
        with pytest.raises(ValueError, match="negative"):
            raw.seek(-1)
    assert raw.closed


def test_polars_is_given_whole_columns(cut) -> None:
    partitions, folder = cut(b"a,b\n" + b"1,x\n" * 30, count=3)
    frame = read.polars_frame(partitions[0], folder)
    assert isinstance(frame, pl.DataFrame)
    assert frame.schema == {"a": pl.Int64, "b": pl.String}
