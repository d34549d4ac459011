from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile

import pytest

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.partition.dialect import Dialect, dialect_of, why_not_bytewise
from jupyter_agilab.partition.formats.known import format_of

CSV = "a,b\n" + "1,2\n" * 100


@pytest.mark.parametrize(
    ("name", "declared", "found"),
    [
        ("a.csv", None, "csv"),
        ("A.CSV", None, "csv"),
        ("a.tab", None, "tsv"),
        ("x/a.ndjson", None, "jsonl"),
        ("a.log", None, "text"),
        ("a.pq", None, "parquet"),
        ("a.csv.gz", None, "csv"),
        ("a.json", None, "json"),
        ("a.zip", None, "zip"),
        ("a.csv.zip", None, "csv"),
        ("a.tar.gz", None, "tar"),
        ("a.v2.zip", None, "zip"),
        ("data/x.zarr", None, "zarr"),
        (".gz", None, "binary"),
        ("s3://b/a.csv?versionId=1", None, "csv"),
        ("a.png", None, "binary"),
        ("Makefile", None, "binary"),
        ("a.dat", "csv", "csv"),
        ("a.csv", "text", "text"),
    ],
)
def test_formats_by_name(name, declared, found) -> None:
    assert format_of(name, declared) == found


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        pytest.param(
            "a.csv.gz", gzip.compress(CSV.encode()), "compressed (gzip) as one stream", id="gz by name"
        ),
        pytest.param("a.csv", gzip.compress(CSV.encode()), "compressed (gzip)", id="gz by content"),
        pytest.param("a.csv", bz2.compress(CSV.encode()), "compressed (bzip2)", id="bz2 by content"),
        pytest.param("a.csv", lzma.compress(CSV.encode()), "compressed (xz)", id="xz by content"),
        pytest.param(
            "a.csv", b"\x28\xb5\x2f\xfd" + b"x" * 50, "compressed (zstd) and damaged", id="zstd by content"
        ),
        pytest.param("a.csv", CSV.encode("utf-16"), "UTF-16", id="utf-16 with a mark"),
        pytest.param("a.csv", CSV.encode("utf-32"), "UTF-32", id="utf-32 with a mark"),
        pytest.param("a.csv", CSV.encode("utf-16-le"), "NUL bytes", id="utf-16 without a mark"),
        pytest.param("a.csv", b"a,b\n1,\x002\n" * 50, "NUL bytes", id="binary"),
        pytest.param("a.csv", b"PAR1" + b"x" * 50, "begins like a Parquet file", id="parquet by content"),
        pytest.param("a.bin", b"\x00\x01" * 50, ".bin does not say", id="another suffix"),
        pytest.param(
            "a.csv", b"a;b\n1;2\n" * 50, "its first line has ';' where ',' was expected", id="semicolons"
        ),
        pytest.param(
            "a.tsv", b"a,b\n1,2\n" * 50, r"its first line has ',' where '\t' was expected", id="commas"
        ),
    ],
)
@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
def test_what_cannot_be_cut_says_so_and_is_one_partition(
    plan_of, tmp_path, name, data, reason, strategy
) -> None:
    for number in range(3):
        (tmp_path / f"{number}{name}").write_bytes(data)
    plan = plan_of(tmp_path, input=f"*{name}", cores=8, partition_strategy=strategy, target_partitions=64)
    assert (plan.effective_workers, plan.planned_partitions, plan.useful_workers) == (3, 3, 3)
    assert [partition.kind for partition in plan.partitions] == ["file"] * 3
    finding = next(finding for finding in plan.findings if finding.code == "partition.unsplittable")
    assert reason.replace("\\\\", "\\") in finding.message
    assert f"0{name}, 1{name}, 2{name} cannot be cut, so each is one partition" in finding.message
    assert "3 files that cannot be cut, for 8 workers: at most 3 can be busy at once." in plan.rule


def test_a_zip_is_not_cut(plan_of, tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "a.csv", "w") as archive:
        archive.writestr("a.csv", CSV)
    plan = plan_of(tmp_path, target_partitions=8)
    assert "compressed (zip)" in plan.findings[0].message


def test_a_declared_delimiter_is_believed(plan_of, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n" + "1;2\n" * 50)
    plan = plan_of(tmp_path, target_partitions=8, partition=PartitionTable(delimiter=","))
    assert plan.partition_count == 8


def test_quotes_after_backslashes_are_told(plan_of, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + '1,"he said \\"hi\\" twice"\n' * 50)
    plan = plan_of(tmp_path, target_partitions=8)
    assert next(finding.code for finding in plan.findings) == "partition.backslash-quote"
    (tmp_path / "a.csv").write_text("a,b\n" + '1,"C:\\dir\\"\n' * 50)
    plan = plan_of(tmp_path, target_partitions=8)
    assert "partition.backslash-quote" not in [finding.code for finding in plan.findings]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, Dialect(44, 34, True)),
        ({"delimiter": ";", "quotechar": "'", "header": False}, Dialect(59, 39, False)),
        ({"quotechar": ""}, Dialect(44, None, True)),
        ({"encoding": "cp932"}, Dialect(44, 34, True)),
        ({"delimiter": "::"}, "its delimiter '::' is not one ASCII character"),
        ({"delimiter": "§"}, "its delimiter '§' is not one ASCII character"),
        ({"quotechar": ","}, "its delimiter, quote and line end are not different characters"),
        ({"delimiter": "|", "encoding": "shift_jis"}, "'|' can be part of another character in shift_jis"),
        ({"encoding": "utf-16-le"}, "in its encoding utf-16-le bytes are not characters"),
    ],
)
def test_dialects(keys, expected) -> None:
    assert dialect_of(PartitionTable(**keys), "csv") == expected


@pytest.mark.parametrize(
    "encoding", ["utf-8", "ascii", "latin-1", "cp1252", "gb18030", "euc_jp", "koi8-r", "big5"]
)
def test_encodings_in_which_signs_are_bytes_of_their_own(encoding) -> None:
    """Every character that is not ASCII must be written without the bytes that we look for."""
    assert why_not_bytewise(encoding, ',;"\t') == ""
    special = set(b',;"\t\r\n')
    for code in range(128, 0x3000):
        assert not special & set(chr(code).encode(encoding, "ignore"))
