"""Formats by content: what cannot be mistaken is noticed, what could be anything stays what its name says."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing

import h5py
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition import read
from jupyter_agilab.partition.formats.known import KNOWN, NEVER_CUT
from jupyter_agilab.partition.formats.load import load_format


def parquet(path) -> None:
    pq.write_table(pa.table({"n": range(9)}), path)


def arrow(path) -> None:
    table = pa.table({"n": range(9)})
    with pa.ipc.new_file(str(path), table.schema) as out:
        out.write_table(table)


def npy(path) -> None:
    with path.open("wb") as out:
        np.save(out, np.array([(n,) for n in range(9)], [("n", int)]))


def sqlite(path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (n INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(9)])
        connection.commit()


def hdf5(path) -> None:
    with h5py.File(path, "w") as file:
        file["t"] = np.array([(n,) for n in range(9)], [("n", int)])


SIGNED = {"parquet": parquet, "arrow": arrow, "npy": npy, "sqlite": sqlite, "hdf5": hdf5}


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.json", "a.unknown", "a"])
@pytest.mark.parametrize("kind", SIGNED)
def test_what_cannot_be_mistaken_is_noticed(plan_of, tmp_path, kind, name) -> None:
    SIGNED[kind](tmp_path / name)
    plan = plan_of(tmp_path, input=name, target_partitions=3)
    assert [partition.format for partition in plan.partitions] == [kind] * 3
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, tmp_path)]
    assert rows == [{"n": n} for n in range(9)]
    told = [finding.message for finding in plan.findings if finding.code == "partition.content"]
    assert len(told) == (name in {"a.csv", "a.txt", "a.json"})
    # a file that no plan has looked into is noticed when it is read
    whole = plan_of(tmp_path, input=name, partition_strategy="one-file-per-partition")
    assert list(read.iter_rows(whole.partitions[0], tmp_path)) == rows


@pytest.mark.parametrize("kind", SIGNED)
def test_a_declared_format_is_believed_and_doubted(plan_of, tmp_path, kind) -> None:
    SIGNED[kind](tmp_path / "a.dat")
    plan = plan_of(tmp_path, input="a.dat", target_partitions=3, partition=PartitionTable(format="csv"))
    assert plan.partition_count == 1
    assert "and `format` in [partition] says csv" in plan.findings[0].message
    with pytest.raises(AgilabError):
        list(read.iter_rows(plan.partitions[0], tmp_path, {"format": "csv"}))
    right = plan_of(tmp_path, input="a.dat", target_partitions=3, partition=PartitionTable(format=kind))
    assert right.partition_count == 3
    assert not [finding for finding in right.findings if finding.code == "partition.content"]


@pytest.mark.parametrize(
    ("name", "data", "format_"),
    [
        ("a.txt", b"a,b\n1,2\n", "text"),
        ("a.log", b'{"a": 1}\n', "text"),
        ("a.txt", b">seq\nACGT\n", "text"),
        ("a.csv", b'{"a": 1}\n{"a": 2}\n', "csv"),
    ],
)
def test_text_stays_what_its_name_says(plan_of, tmp_path, name, data, format_) -> None:
    (tmp_path / name).write_bytes(data)
    plan = plan_of(tmp_path, input=name, target_partitions=2)
    assert {partition.format for partition in plan.partitions} == {format_}
    assert not [finding for finding in plan.findings if finding.code == "partition.content"]


@pytest.mark.parametrize("suffix", NEVER_CUT)
def test_what_is_never_cut_says_what_it_is(plan_of, tmp_path, suffix) -> None:
    for number in range(3):
        (tmp_path / f"{number}{suffix}").write_bytes(b"anything\n" * 9)
    plan = plan_of(tmp_path, input=f"*{suffix}", target_partitions=8)
    assert [partition.kind for partition in plan.partitions] == ["file"] * 3
    (told,) = [finding for finding in plan.findings if finding.code == "partition.unsplittable"]
    assert NEVER_CUT[suffix] in told.message
    with pytest.raises(AgilabError, match="cannot be given as rows"):
        list(read.iter_rows(plan.partitions[0], tmp_path))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"%PDF-1.7\n", "it is a PDF file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "it is an image (PNG)"),
        (b"\xff\xd8\xff\xe0" + bytes(9), "it is an image (JPEG)"),
        (b"PARE" + bytes(9), "it is an encrypted Parquet file"),
        (bytes(257) + b"ustar" + bytes(300), "it is a tar archive"),
    ],
)
def test_what_is_never_cut_is_known_by_content(plan_of, tmp_path, data, told) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    plan = plan_of(tmp_path, target_partitions=8)
    assert plan.partition_count == 1
    assert told in plan.findings[0].message


def test_a_name_of_a_table_over_something_else(plan_of, tmp_path) -> None:
    (tmp_path / "a.db").write_bytes(b"another kind of database")
    plan = plan_of(tmp_path, input="a.db", target_partitions=3)
    assert "it is no SQLite database" in plan.findings[0].message


def test_a_workbook_is_one_partition_and_a_table(plan_of, tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["n", "text"])
    book.active.append([1, "a"])
    book.active.append([2, None])
    book.create_sheet("other").append(["x"])
    book["other"].append([7])
    book.save(tmp_path / "a.xlsx")
    plan = plan_of(tmp_path, input="a.xlsx", target_partitions=3)
    (partition,) = plan.partitions
    assert "it is a workbook" in plan.findings[0].message
    assert list(read.iter_rows(partition, tmp_path)) == [{"n": 1, "text": "a"}, {"n": 2, "text": None}]
    assert read.arrow_table(partition, tmp_path).column("n").to_pylist() == [1, 2]
    assert read.polars_frame(partition, tmp_path)["n"].to_list() == [1, 2]
    other = read.pandas_frame(partition, tmp_path, {"table": "other"})
    pd.testing.assert_frame_equal(other, pd.DataFrame({"x": [7]}))


def test_an_arrow_stream_is_read_whole(plan_of, tmp_path) -> None:
    table = pa.table({"n": range(9), "m": range(9)})
    with pa.ipc.new_stream(str(tmp_path / "a.arrows"), table.schema) as out:
        out.write_table(table, max_chunksize=2)
    plan = plan_of(tmp_path, input="a.arrows", target_partitions=3)
    assert plan.partition_count == 1
    assert "it is an Arrow stream" in plan.findings[0].message
    assert read.arrow_table(plan.partitions[0], tmp_path) == table
    assert read.arrow_table(plan.partitions[0], tmp_path, {"columns": ("m",)}) == table.select(["m"])


def test_the_registry_and_the_formats_say_the_same() -> None:
    from jupyter_agilab.contract.formats import FORMATS

    assert tuple(known.name for known in KNOWN) == FORMATS
    suffixes = [suffix for known in KNOWN for suffix in known.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert not set(suffixes) & set(NEVER_CUT)
    for known in KNOWN:
        form = load_format(known.name)
        assert form.name == known.name
        assert form.is_decompressed == known.is_text
        assert form.has_lines == (known.is_text or known.name == "binary")


def test_an_unknown_format_is_told() -> None:
    with pytest.raises(AgilabError, match="there is no format 'parket'") as caught:
        load_format("parket")
    assert "did you mean 'parquet'?" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "module"), [("a.h5", "h5py"), ("a.nc", "xarray"), ("a.zarr", "zarr"), ("a.xlsx", "openpyxl")]
)
def test_a_missing_library_is_named_with_its_extra(plan_of, tmp_path, monkeypatch, name, module) -> None:
    import sys

    if name.endswith("zarr"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "zarr.json").write_text("{}")
    elif name.endswith("xlsx"):
        openpyxl.Workbook().save(tmp_path / name)
    else:
        (tmp_path / name).write_bytes(b"\x89HDF\r\n\x1a\n")
    plan = plan_of(tmp_path, input=name, partition_strategy="one-file-per-partition")
    monkeypatch.setitem(sys.modules, module, None)
    if module == "openpyxl":
        monkeypatch.delitem(sys.modules, "pandas.io.excel._openpyxl", raising=False)
    with pytest.raises(AgilabError, match="is not installed here") as caught:
        list(read.iter_rows(plan.partitions[0], tmp_path))
    assert "pip install 'jupyter-agilab[" in caught.value.hint


def test_planning_csv_imports_no_library_of_other_formats(tmp_path) -> None:
    import subprocess
    import sys
    from pathlib import Path

    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 100)
    code = f"""
import sys
from pathlib import Path
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.planning.make import make_plan
contract = Contract(name="s", function="s.py:s", split="files", input="*.csv", workers=2,
    partition_strategy="file-chunks", target_partitions=8, min_partitions_per_worker=1,
    reducer="collect-json", backend="local", output="o.json")
plan = make_plan(contract, Path({str(tmp_path)!r}))
partitions = list(plan.partitions)
assert len(partitions) == 8
from jupyter_agilab.partition import read
assert sum(1 for partition in partitions for _ in read.iter_rows(partition, {str(tmp_path)!r})) == 100
heavy = {{"pyarrow", "pandas", "polars", "h5py", "zarr", "xarray", "fsspec", "sqlite3"}}
package = "jupyter_agilab.partition.formats."
ours = {{name.rpartition(".")[2] for name in sys.modules if name.startswith(package)}}
print(sorted(heavy & set(sys.modules)), sorted(ours))
"""
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    held = io.StringIO(answer.stdout).readline()
    assert held.startswith("[] ")
    assert not any(name in held for name in ("parquet", "sqlite", "hdf5", "npy", "fast", "json"))


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
@pytest.mark.parametrize(
    "data", [b"", b"not at all what the name says \x00\xff" * 40], ids=["empty", "nonsense"]
)
def test_nonsense_is_told_in_one_sentence(plan_of, tmp_path, known, data) -> None:
    name = f"a{known.suffixes[0]}" if known.suffixes else "a.bin"
    if known.name == "zarr":
        (tmp_path / name).mkdir()
        (tmp_path / name / "zarr.json").write_bytes(data)
    else:
        (tmp_path / name).write_bytes(data)
    findings = []
    try:
        assert plan_of(tmp_path, input=name, target_partitions=3).partition_count == 1
    except PlanError as error:
        findings = error.findings
    assert not any("\n" in finding.message for finding in findings)
    (partition,) = plan_of(tmp_path, input=name, partition_strategy="one-file-per-partition").partitions
    if not data and known.is_text:
        assert list(read.iter_rows(partition, tmp_path)) == []
        return
    if known.name == "text":
        return
    for take in (lambda *args: list(read.iter_rows(*args)), read.pandas_frame, read.arrow_table):
        if known.name in {"csv", "tsv"} and take is not read.pandas_frame:
            continue
        with pytest.raises((AgilabError, OSError)) as caught:
            take(partition, tmp_path)
        assert "\n" not in str(caught.value).partition("\n    ")[0]
