"""Each file of an archive is a partition."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition import read
from jupyter_agilab.partition.fingerprints import is_unchanged
from jupyter_agilab.planning.store import read_plan, write_plan


def parquet_bytes() -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table({"n": [7, 8]}), held)
    return held.getvalue()


FILES = {
    "a.csv": b"n\n1\n2\n",
    "sub/b.jsonl": b'{"n": 3}\n',
    "sub/c.txt": b"4\n5\n",
    "d.parquet": parquet_bytes(),
    "e.dat": bytes(range(256)) * 50,
    "sub/a.csv": b"n\n6\n",
}
HIDDEN = {".DS_Store": b"x", "__MACOSX/a.csv": b"x", "sub/.hidden": b"x"}


def write_zip(path: Path, method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.mkdir("sub")
        for name, data in {**FILES, **HIDDEN}.items():
            archive.writestr(name, data)


def write_tar(path: Path, mode: str = "w") -> None:
    with tarfile.open(path, mode) as archive:
        folder = tarfile.TarInfo("sub")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        link = tarfile.TarInfo("link.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "a.csv"
        archive.addfile(link)
        for name, data in {**FILES, **HIDDEN}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


WRITERS = {
    "deflated.zip": write_zip,
    "stored.zip": lambda path: write_zip(path, zipfile.ZIP_STORED),
    "bzip2.zip": lambda path: write_zip(path, zipfile.ZIP_BZIP2),
    "lzma.zip": lambda path: write_zip(path, zipfile.ZIP_LZMA),
    "a.tar": write_tar,
}


@pytest.fixture(params=WRITERS)
def archive(request, tmp_path) -> Path:
    WRITERS[request.param](tmp_path / request.param)
    return tmp_path / request.param


@pytest.mark.parametrize("strategy", ["file-chunks", "row-chunks"])
@pytest.mark.parametrize("target", [1, 3, 100])
def test_members_are_the_partitions_however_many_are_wanted(plan_of, archive, strategy, target) -> None:
    plan = plan_of(archive.parent, input=archive.name, target_partitions=target, partition_strategy=strategy)
    assert [partition.detail["of"]["member"] for partition in plan.partitions] == list(FILES)
    assert [partition.kind for partition in plan.partitions] == ["member"] * len(FILES)
    assert [partition.format for partition in plan.partitions] == [
        *("csv", "jsonl", "text", "parquet", "binary", "csv")
    ]
    assert plan.partitions[1].describe() == f"{archive.name} member sub/b.jsonl"
    for partition, (name, data) in zip(plan.partitions, FILES.items(), strict=True):
        with read.open_bytes(partition, archive.parent) as stream:
            assert stream.read() == data
            stream.seek(1)
            assert stream.read(1) == data[1:2]
        with read.temporary_file(partition, archive.parent) as path:
            assert path.name == Path(name).name
            assert path.read_bytes() == data
        assert not path.exists()


def test_members_are_read_as_what_they_are(plan_of, archive) -> None:
    plan = plan_of(archive.parent, input=archive.name)
    readable = [partition for partition in plan.partitions if partition.format != "binary"]
    rows = [row for partition in readable for row in read.iter_rows(partition, archive.parent)]
    assert rows == [
        *({"n": "1"}, {"n": "2"}, {"n": 3}, {"line": "4"}, {"line": "5"}, {"n": 7}, {"n": 8}, {"n": "6"})
    ]
    frames = [read.pandas_frame(partition, archive.parent) for partition in readable]
    assert [int(value) for frame in frames for value in frame.iloc[:, 0]] == [1, 2, 3, 4, 5, 7, 8, 6]
    assert list(read.iter_lines(plan.partitions[0], archive.parent)) == ["n", "1", "2"]
    with read.open_text(plan.partitions[0], archive.parent) as stream:
        assert stream.read() == "n\n1\n2\n"
    with pytest.raises(AgilabError, match=rf"{archive.name} member e\.dat cannot be given as rows"):
        list(read.iter_rows(plan.partitions[4], archive.parent))


def test_an_archive_is_a_file_where_files_are_the_partitions(plan_of, archive) -> None:
    plan = plan_of(archive.parent, input=archive.name, partition_strategy="one-file-per-partition")
    (partition,) = plan.partitions
    with read.temporary_file(partition, archive.parent) as path:
        assert path == archive
    declared = plan_of(archive.parent, input=archive.name, partition=PartitionTable(format="binary"))
    assert [partition.kind for partition in declared.partitions] == ["file"]


def test_a_stored_plan_reads_the_same_members(plan_of, archive, tmp_path) -> None:
    plan = plan_of(tmp_path, input=archive.name)
    (tmp_path / "plan").mkdir()
    write_plan(plan, tmp_path / "plan")
    stored = list(read_plan(tmp_path / "plan").partitions)
    assert stored == list(plan.partitions)
    assert len({partition.id for partition in stored}) == len(FILES)
    assert all(is_unchanged(partition, tmp_path) for partition in stored)
    assert sum(partition.weight for partition in stored) <= archive.stat().st_size


def test_a_store_behind_a_url(plan_of, archive, tmp_path) -> None:
    import fsspec

    fsspec.filesystem("memory").pipe(f"/archives/{archive.name}", archive.read_bytes())
    plan = plan_of(tmp_path, input=f"memory://archives/{archive.name}")
    for partition, data in zip(plan.partitions, FILES.values(), strict=True):
        with read.open_bytes(partition, tmp_path) as stream:
            assert stream.read() == data


def test_archives_among_other_files(plan_of, tmp_path) -> None:
    write_zip(tmp_path / "a.zip")
    (tmp_path / "b.csv").write_text("n\n" + "1\n" * 100)
    for strategy in ("file-chunks", "row-chunks"):
        plan = plan_of(tmp_path, input="*", target_partitions=10, partition_strategy=strategy)
        assert [partition.source for partition in plan.partitions] == ["a.zip"] * 6 + ["b.csv"] * 4
    plan = plan_of(tmp_path, input="*", target_partitions=2)
    assert plan.partition_count == 7


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_compressed_tar_is_not_cut(plan_of, tmp_path, mode) -> None:
    name = f"a.tar.{mode[2:]}"
    write_tar(tmp_path / name, mode)
    plan = plan_of(tmp_path, input=name, target_partitions=8)
    assert plan.partition_count == 1
    assert "it is compressed as a whole" in plan.findings[0].message


def test_what_cannot_be_taken_apart_says_so(plan_of, tmp_path) -> None:
    (tmp_path / "empty.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    (tmp_path / "none.zip").write_bytes(b"no archive at all")
    (tmp_path / "none.tar").write_bytes(b"no archive at all")
    write_zip(tmp_path / "locked.zip")
    data = bytearray((tmp_path / "locked.zip").read_bytes())
    # the flag of encryption, in every entry of the directory at the end
    for place in range(len(data)):
        if data[place : place + 4] == b"PK\x01\x02":
            data[place + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    for name, told in {
        "empty.zip": "it holds no files",
        "none.zip": "it cannot be read as a zip archive",
        "none.tar": "it cannot be read as a tar archive",
        "locked.zip": "is encrypted",
    }.items():
        plan = plan_of(tmp_path, input=name, target_partitions=8)
        assert plan.partition_count == 1
        assert told in plan.findings[0].message, name


def test_a_damaged_member_is_told(plan_of, tmp_path) -> None:
    write_zip(tmp_path / "a.zip")
    plan = plan_of(tmp_path, input="a.zip")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    first = plan.partitions[4].detail["at"]
    data[first + 40] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises((AgilabError, EOFError, OSError, ValueError)):
        read.pandas_frame(plan.partitions[4], tmp_path)
