"""The formats under test: how each is written, and how its own library reads a whole file."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import netCDF4
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xarray
import zarr
from Bio.SeqIO.FastaIO import SimpleFastaParser
from Bio.SeqIO.QualityIO import FastqGeneralIterator
from hypothesis import strategies as st

Record = dict[str, Any]

WORDS = [
    "",
    "a",
    "word",
    'say "hi"',
    "a,b",
    "x;y",
    "tab\there",
    "ÄÖ",
    "語",
    "{[",
    "]}",
    "\\",
    '\\"',
    "@+>",
    "'",
]
LINES = [*WORDS, "two\nlines", "win\r\nline", "\n", '"\n"']


@dataclass(frozen=True)
class Case:
    """One format.

    ``records`` are random; ``write`` may take what ``options`` draws besides. ``judge`` gives the records of
    a whole file; ``as_rows`` and ``as_frame`` what ``rows`` and tables give of such a record.
    """

    name: str
    suffix: str
    records: st.SearchStrategy[list[Record]]
    write: Callable[..., None]
    judge: Callable[[Path], list[Record]]
    as_rows: Callable[[Record], Record] = lambda record: record
    as_frame: Callable[[Record], Record] = lambda record: record
    table: dict[str, Any] = field(default_factory=dict)
    options: st.SearchStrategy[dict[str, Any]] = field(default_factory=lambda: st.just({}))
    has_lines: bool = False
    is_text: bool = False
    column: str = "text"
    one: Callable[[int], Record] = lambda number: {"n": number, "text": f"t{number}", "x": number / 4}
    is_remote: bool = True
    is_folder: bool = False


def plain(words: list[str]) -> st.SearchStrategy[list[Record]]:
    row = st.fixed_dictionaries(
        {
            "n": st.integers(-(2**40), 2**40),
            "text": st.sampled_from(words),
            "x": st.floats(allow_nan=False, allow_infinity=False, width=32),
        }
    )
    return st.lists(row, max_size=30)


def write_csv(path: Path, records: list[Record], line_end: str = "\n", delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, ["n", "text", "x"], lineterminator=line_end, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(records)


def judge_csv(path: Path, delimiter: str = ",") -> list[Record]:
    with path.open(newline="", encoding="utf-8") as stream:
        return [
            {"n": int(row["n"]), "text": row["text"], "x": float(row["x"])}
            for row in csv.DictReader(stream, delimiter=delimiter)
        ]


def write_json_lines(path: Path, records: list[Record], blank: bool = False) -> None:
    path.write_text("".join(json.dumps(row) + ("\n\n" if blank else "\n") for row in records), "utf-8")


def judge_json_lines(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def write_json(path: Path, records: list[Record], indent: int | None = None, ascii_only: bool = True) -> None:
    nested = [{**row, "more": {"list": [[row["n"]], []], "text": {"text": row["text"]}}} for row in records]
    path.write_text(json.dumps(nested, indent=indent, ensure_ascii=ascii_only), "utf-8")


def judge_json(path: Path) -> list[Record]:
    found: list[Record] = json.loads(path.read_text("utf-8"))
    return found


def write_text(path: Path, records: list[Record]) -> None:
    path.write_text("".join(f"{row['line']}\n" for row in records), "utf-8", newline="")


def judge_text(path: Path) -> list[Record]:
    with path.open(encoding="utf-8") as stream:
        return [{"line": line.removesuffix("\n")} for line in stream]


def write_parquet(path: Path, records: list[Record], group: int = 4) -> None:
    pq.write_table(arrow_of(records), path, row_group_size=group)


def arrow_of(records: list[Record]) -> pa.Table:
    schema = pa.schema([("n", pa.int64()), ("text", pa.string()), ("x", pa.float64())])
    return pa.Table.from_pylist(records, schema)


def judge_parquet(path: Path) -> list[Record]:
    found: list[Record] = pq.read_table(path).to_pylist()
    return found


def write_arrow(path: Path, records: list[Record], batch: int = 3, compression: str | None = None) -> None:
    table = arrow_of(records)
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_file(path, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=batch)


def judge_arrow(path: Path) -> list[Record]:
    with pa.ipc.open_file(path) as reader:
        found: list[Record] = reader.read_all().to_pylist()
    return found


def wrapped(text: str, width: int | None) -> list[str]:
    return [text] if not width else [text[at : at + width] for at in range(0, len(text), width)] or [""]


titles = st.sampled_from(["a", "seq1 length=3", "x y @ z", "b > c", "+"])


def sequences(letters: str) -> st.SearchStrategy[list[Record]]:
    row = st.tuples(titles, st.text(alphabet=letters, max_size=12)).map(
        lambda drawn: {"id": drawn[0].split()[0], "description": drawn[0], "sequence": drawn[1]}
    )
    return st.lists(row, max_size=30)


def write_fasta(path: Path, records: list[Record], width: int | None = None, line_end: str = "\n") -> None:
    lines = []
    for row in records:
        lines += [f">{row['description']}", *wrapped(row["sequence"], width)]
    path.write_bytes("".join(line + line_end for line in lines).encode())


def judge_fasta(path: Path) -> list[Record]:
    with path.open() as stream:
        return [
            {"id": title.split()[0], "description": title, "sequence": sequence}
            for title, sequence in SimpleFastaParser(stream)
        ]


@st.composite
def qualities(draw: st.DrawFn) -> list[Record]:
    records = draw(sequences("ACGTN"))
    signs = st.sampled_from("@+I!>#")
    return [{**row, "quality": "".join(draw(signs) for _ in range(len(row["sequence"])))} for row in records]


def write_fastq(
    path: Path,
    records: list[Record],
    width: int | None = None,
    line_end: str = "\n",
    again: bool = False,
) -> None:
    lines = []
    for row in records:
        plus = f"+{row['description']}" if again else "+"
        lines += [f"@{row['description']}", *wrapped(row["sequence"], width), plus]
        lines += wrapped(row["quality"], width)
    path.write_bytes("".join(line + line_end for line in lines).encode())


def judge_fastq(path: Path) -> list[Record]:
    with path.open() as stream:
        return [
            {"id": title.split()[0], "description": title, "sequence": sequence, "quality": quality}
            for title, sequence, quality in FastqGeneralIterator(stream)
        ]


def write_sqlite(path: Path, records: list[Record], gaps: int = 1, keyed: bool = False) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        if keyed:
            connection.execute(
                "CREATE TABLE flights (n INTEGER, text TEXT, x REAL, k TEXT, "
                "PRIMARY KEY (k, n)) WITHOUT ROWID"
            )
        else:
            connection.execute("CREATE TABLE flights (n INTEGER, text TEXT, x REAL)")
        for number, row in enumerate(records):
            values = (row["n"], row["text"], row["x"])
            if keyed:
                connection.execute(
                    "INSERT OR IGNORE INTO flights VALUES (?, ?, ?, ?)", (*values, f"k{number % 3}")
                )
            else:
                connection.execute(
                    "INSERT INTO flights (rowid, n, text, x) VALUES (?, ?, ?, ?)",
                    (number * gaps - 7, *values),
                )
        connection.commit()


def judge_sqlite(path: Path, sql: str = "SELECT * FROM flights ORDER BY rowid") -> list[Record]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


STRUCTURE = [("n", "<i8"), ("text", "U12"), ("x", "<f8")]


def write_npy(path: Path, records: list[Record]) -> None:
    np.save(path, np.array([(row["n"], row["text"], row["x"]) for row in records], STRUCTURE))


def judge_npy(path: Path) -> list[Record]:
    found = np.load(path)
    return [dict(zip(found.dtype.names, row, strict=True)) for row in found.tolist()]


def matrix(records: list[Record]) -> np.ndarray[Any, Any]:
    return np.array([(row["column_1"], row["column_2"]) for row in records], float).reshape(len(records), 2)


def numbers() -> st.SearchStrategy[list[Record]]:
    value = st.floats(allow_nan=False, allow_infinity=False)
    return st.lists(st.fixed_dictionaries({"column_1": value, "column_2": value}), max_size=30)


def by_columns(found: np.ndarray[Any, Any]) -> list[Record]:
    return [{"column_1": row[0], "column_2": row[1]} for row in found.tolist()]


def write_hdf5(path: Path, records: list[Record], chunk: int | None = None) -> None:
    with h5py.File(path, "w") as file:
        values = matrix(records)
        chunks = (chunk, 2) if chunk and len(values) else None
        made = file.create_dataset(
            "group/values", data=values, chunks=chunks, maxshape=(None, 2) if chunks else None
        )
        made.attrs["unit"] = "m"


def judge_hdf5(path: Path) -> list[Record]:
    with h5py.File(path) as file:
        assert file["group/values"].attrs["unit"] == "m"
        return by_columns(file["group/values"][:])


def write_zarr(path: Path, records: list[Record], chunk: int = 3, grouped: bool = False) -> None:
    shutil.rmtree(path, ignore_errors=True)
    values = matrix(records)
    if grouped:
        made = zarr.open_group(str(path), mode="w").create_array("a/values", data=values, chunks=(chunk, 2))
    else:
        made = zarr.create_array(str(path), data=values, chunks=(chunk, 2))
    made.attrs["unit"] = "m"


def judge_zarr(path: Path) -> list[Record]:
    found = zarr.open(str(path), mode="r")
    values = found if isinstance(found, zarr.Array) else found["a/values"]
    assert values.attrs["unit"] == "m"
    return by_columns(values[:])


def write_netcdf(path: Path, records: list[Record], engine: str = "netcdf4") -> None:
    values = matrix(records)
    # scipy's empty files are not read by others
    engine = engine if records else "netcdf4"
    variables = {"u": ("time", values[:, 0]), "v": ("time", values[:, 1], {"unit": "m"})}
    made = xarray.Dataset(variables, {"time": np.arange(len(records))})
    made.to_netcdf(path, engine=engine, unlimited_dims=["time"] if engine == "netcdf4" else None)


def judge_netcdf(path: Path) -> list[Record]:
    with netCDF4.Dataset(path) as file:
        assert file["v"].unit == "m"
        columns = [np.ma.getdata(file[name][:]).tolist() for name in ("time", "u", "v")]
    return [{"time": t, "u": u, "v": v} for t, u, v in zip(*columns, strict=True)]


CASES = [
    Case(
        "csv",
        ".csv",
        plain(LINES),
        write_csv,
        judge_csv,
        as_rows=lambda row: {"n": str(row["n"]), "text": row["text"], "x": str(row["x"])},
        as_frame=lambda row: {**row, "text": row["text"] or None},
        options=st.fixed_dictionaries({"line_end": st.sampled_from(["\n", "\r\n"])}),
        has_lines=True,
        is_text=True,
    ),
    Case(
        "tsv",
        ".tsv",
        plain(LINES),
        lambda path, records, **options: write_csv(path, records, delimiter="\t", **options),
        lambda path: judge_csv(path, "\t"),
        as_rows=lambda row: {"n": str(row["n"]), "text": row["text"], "x": str(row["x"])},
        as_frame=lambda row: {**row, "text": row["text"] or None},
        options=st.fixed_dictionaries({"line_end": st.sampled_from(["\n", "\r\n"])}),
        has_lines=True,
        is_text=True,
    ),
    Case(
        "jsonl",
        ".jsonl",
        plain(LINES),
        write_json_lines,
        judge_json_lines,
        options=st.fixed_dictionaries({"blank": st.booleans()}),
        has_lines=True,
        is_text=True,
    ),
    Case(
        "json",
        ".json",
        plain(LINES),
        write_json,
        judge_json,
        options=st.fixed_dictionaries({"indent": st.sampled_from([None, 0, 2]), "ascii_only": st.booleans()}),
        has_lines=True,
        is_text=True,
    ),
    Case(
        "text",
        ".txt",
        st.lists(st.fixed_dictionaries({"line": st.sampled_from(WORDS)}), max_size=30),
        write_text,
        judge_text,
        has_lines=True,
        is_text=True,
        column="line",
        one=lambda number: {"line": f"l{number}"},
    ),
    Case(
        "parquet",
        ".parquet",
        plain(LINES),
        write_parquet,
        judge_parquet,
        options=st.fixed_dictionaries({"group": st.sampled_from([1, 4, 7, 100])}),
    ),
    Case(
        "arrow",
        ".arrow",
        plain(LINES),
        write_arrow,
        judge_arrow,
        options=st.fixed_dictionaries(
            {"batch": st.sampled_from([1, 3, 100]), "compression": st.sampled_from([None, "lz4"])}
        ),
    ),
    Case(
        "fasta",
        ".fa",
        sequences("ACGTN-*"),
        write_fasta,
        judge_fasta,
        options=st.fixed_dictionaries(
            {"width": st.sampled_from([None, 1, 3]), "line_end": st.sampled_from(["\n", "\r\n"])}
        ),
        has_lines=True,
        is_text=True,
        column="sequence",
        one=lambda number: {"id": f"s{number}", "description": f"s{number} x", "sequence": "ACGT" * number},
    ),
    Case(
        "fastq",
        ".fq",
        qualities(),
        write_fastq,
        judge_fastq,
        options=st.fixed_dictionaries(
            {
                "width": st.sampled_from([None, None, 3]),
                "line_end": st.sampled_from(["\n", "\r\n"]),
                "again": st.booleans(),
            }
        ),
        has_lines=True,
        is_text=True,
        column="quality",
        one=lambda number: {
            "id": f"s{number}",
            "description": f"s{number} x",
            "sequence": "ACGT" * number,
            "quality": "@+II" * number,
        },
    ),
    Case(
        "sqlite",
        ".sqlite",
        plain(LINES),
        write_sqlite,
        judge_sqlite,
        options=st.fixed_dictionaries({"gaps": st.sampled_from([1, 3, 1000])}),
    ),
    Case(
        "sqlite without row ids",
        ".db",
        plain(LINES),
        lambda path, records, **options: write_sqlite(path, records, keyed=True, **options),
        lambda path: judge_sqlite(path, "SELECT * FROM flights ORDER BY k, n"),
        table={"table": "flights"},
    ),
    Case("npy", ".npy", plain(LINES), write_npy, judge_npy),
    Case(
        "hdf5",
        ".h5",
        numbers(),
        write_hdf5,
        judge_hdf5,
        options=st.fixed_dictionaries({"chunk": st.sampled_from([None, 1, 4])}),
        column="column_2",
        one=lambda number: {"column_1": number / 2, "column_2": -number},
    ),
    Case(
        "netcdf",
        ".nc",
        numbers(),
        write_netcdf,
        judge_netcdf,
        options=st.fixed_dictionaries({"engine": st.sampled_from(["netcdf4", "scipy"])}),
        column="v",
        one=lambda number: {"column_1": number / 2, "column_2": -number},
        is_remote=False,
    ),
    Case(
        "zarr",
        ".zarr",
        numbers(),
        write_zarr,
        judge_zarr,
        options=st.fixed_dictionaries({"chunk": st.sampled_from([1, 4]), "grouped": st.booleans()}),
        column="column_2",
        one=lambda number: {"column_1": number / 2, "column_2": -number},
        is_remote=False,
        is_folder=True,
    ),
]


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(params=[case for case in CASES if case.is_text], ids=lambda case: case.name)
def text_case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(scope="session")
def same() -> Callable[[Any, Any], bool]:
    """Compare records: NaN and None are the same, numbers of numpy are numbers."""

    def simple(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: simple(item) for key, item in value.items()}
        if isinstance(value, list | tuple | np.ndarray):
            return [simple(item) for item in value]
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and value != value:
            return None
        return value

    return lambda one, other: simple(one) == simple(other)
