"""Compressed files that are several frames are cut like plain ones; the others say that they are not."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import struct
import tempfile
import zlib
from itertools import chain, pairwise
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition import find_frames, framed, read, streams
from jupyter_agilab.partition.fingerprints import is_unchanged

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def bgzf(parts: list[bytes]) -> bytes:
    """Blocks as htslib writes them, with the empty one at the end."""
    blocks = []
    for part in [*parts, b""]:
        packer = zlib.compressobj(wbits=-15)
        body = packer.compress(part) + packer.flush()
        size = struct.pack("<H", len(body) + 25)
        head = b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff\x06\x00BC\x02\x00" + size
        blocks.append(head + body + struct.pack("<II", zlib.crc32(part), len(part)))
    return b"".join(blocks)


def xz_blocks(parts: list[bytes]) -> bytes:
    """One stream of several blocks, as ``xz -T`` writes: made of streams of one block."""
    header, blocks, records = b"", [], []
    for part in parts:
        stream = lzma.compress(part, check=lzma.CHECK_CRC32)
        header, footer = stream[:12], stream[-12:]
        index_bytes = (int.from_bytes(footer[4:8], "little") + 1) * 4
        blocks.append(stream[12 : -12 - index_bytes])
        numbers = number_list(stream[-12 - index_bytes : -12][1:])
        records.append(numbers[1:3])
    index = b"\0" + vli(len(parts)) + b"".join(vli(one) + vli(two) for one, two in records)
    index += bytes(-len(index) % 4)
    index += struct.pack("<I", zlib.crc32(index))
    end = struct.pack("<I", len(index) // 4 - 1) + header[6:8]
    return header + b"".join(blocks) + index + struct.pack("<I", zlib.crc32(end)) + end + b"YZ"


def vli(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def number_list(data: bytes) -> list[int]:
    found, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            found.append(value)
            value = shift = 0
    return found


def zstd_unsized(part: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_content_size=False).compress(part)


PACKED = {
    "gzip members": (".gz", lambda parts: b"".join(map(gzip.compress, parts))),
    "gzip members with padding": (".gz", lambda parts: b"".join(map(gzip.compress, parts)) + bytes(512)),
    "bgzf": (".gz", bgzf),
    "bzip2 streams": (".bz2", lambda parts: b"".join(map(bz2.compress, parts))),
    "xz streams": (".xz", lambda parts: b"".join(map(lzma.compress, parts))),
    "xz streams with padding": (
        ".xz",
        lambda parts: b"".join(lzma.compress(part) + bytes(8) for part in parts),
    ),
    "xz blocks": (".xz", xz_blocks),
    "zstd frames": (".zst", lambda parts: b"".join(map(zstandard.compress, parts))),
    "zstd frames without sizes": (".zst", lambda parts: b"".join(map(zstd_unsized, parts))),
    "zstd with a skippable frame": (
        ".zst",
        lambda parts: b"\x5e\x2a\x4d\x18\x03\0\0\0xyz" + b"".join(map(zstandard.compress, parts)),
    ),
}
CSV = "id,text\r\n" + "".join(
    f'{number},"line {number}\n{"x" * (number % 50)}""y"\r\n' for number in range(400)
)
LINES = "".join(json.dumps({"n": number, "text": "é" * (number % 30)}) + "\n" for number in range(400))


def split(data: bytes, at: list[int]) -> list[bytes]:
    places = [0, *sorted({place % len(data) for place in at} - {0}), len(data)]
    return [data[start:stop] for start, stop in pairwise(places)]


@pytest.mark.parametrize("kind", PACKED)
@few
@given(
    at=st.lists(st.integers(1, 10**6), min_size=1, max_size=8),
    count=st.integers(2, 30),
    strategy=st.sampled_from(["file-chunks", "row-chunks"]),
    step=st.sampled_from([1 << 18, 64]),
)
def test_frames_joined_are_the_whole_file(plan_of, monkeypatch, kind, at, count, strategy, step) -> None:
    monkeypatch.setattr(framed, "_STEP_BYTES", step)
    monkeypatch.setattr(framed, "_KEPT_BYTES", 4 * step)
    suffix, pack = PACKED[kind]
    data = CSV.encode()
    parts = split(data, at)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"a.csv{suffix}").write_bytes(pack(parts))
        plan = plan_of(folder, input=f"a.csv{suffix}", target_partitions=count, partition_strategy=strategy)
        if len(parts) > 1:
            assert plan.partition_count == count, plan.findings
        rows = [list(read.iter_rows(partition, folder)) for partition in plan.partitions]
        assert list(chain(*rows)) == list(csv.DictReader(io.StringIO(CSV, newline="")))
        assert all(rows)
        assert all(is_unchanged(partition, folder) for partition in plan.partitions)
        joined = b""
        for partition in plan.partitions:
            with read.temporary_file(partition, folder) as path:
                if partition.kind == "bytes":
                    assert path.suffix == ".csv"
                    joined += path.read_bytes()[partition.header_bytes :]
        if plan.partition_count > 1:
            assert b"id,text\r\n" + joined == data


@pytest.mark.parametrize("kind", PACKED)
def test_json_lines_of_every_kind(plan_of, tmp_path, kind) -> None:
    suffix, pack = PACKED[kind]
    (tmp_path / f"a.jsonl{suffix}").write_bytes(pack(split(LINES.encode(), [7_000, 7_001, 15_000])))
    plan = plan_of(tmp_path, input=f"a.jsonl{suffix}", target_partitions=9)
    assert plan.partition_count == 9
    frames = [read.pandas_frame(partition, tmp_path) for partition in plan.partitions]
    assert [int(n) for frame in frames for n in frame["n"]] == list(range(400))


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", zstandard.compress),
        (".zst", zstd_unsized),
    ],
)
def test_one_stream_is_not_cut_and_read_through(plan_of, tmp_path, suffix, pack) -> None:
    (tmp_path / f"a.csv{suffix}").write_bytes(pack(CSV.encode()))
    plan = plan_of(tmp_path, input=f"a.csv{suffix}", target_partitions=9)
    assert plan.partition_count == 1
    assert "as one stream, which is read from its beginning" in plan.findings[0].message
    assert len(list(read.iter_rows(plan.partitions[0], tmp_path))) == 400


def test_bytes_that_look_like_a_second_member_are_not_believed(plan_of, tmp_path) -> None:
    stored = zlib.compressobj(0, wbits=31)
    lookalike = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    data = stored.compress(b"a\n" * 10 + lookalike + b"\nb\n") + stored.flush()
    assert lookalike in data[10:]
    (tmp_path / "a.txt.gz").write_bytes(data)
    plan = plan_of(tmp_path, input="a.txt.gz", target_partitions=4)
    assert plan.partition_count == 1
    assert "as one stream" in plan.findings[0].message


@pytest.mark.parametrize("kind", PACKED)
def test_damage_is_told(plan_of, tmp_path, kind) -> None:
    suffix, pack = PACKED[kind]
    data = pack(split(LINES.encode(), [7_000, 15_000]))
    (tmp_path / f"a.jsonl{suffix}").write_bytes(data[: len(data) * 2 // 3])
    try:
        plan = plan_of(tmp_path, input=f"a.jsonl{suffix}", target_partitions=9)
    except PlanError:
        return
    if plan.partition_count == 1:
        assert "damaged" in plan.findings[0].message
    with pytest.raises(AgilabError):
        [list(read.iter_rows(partition, tmp_path)) for partition in plan.partitions]


def test_tables_inside_a_compression_are_unpacked_to_be_read(plan_of, tmp_path) -> None:
    import numpy as np

    held = io.BytesIO()
    np.save(held, np.arange(5))
    (tmp_path / "a.npy.gz").write_bytes(gzip.compress(held.getvalue()))
    plan = plan_of(tmp_path, input="a.npy.gz", target_partitions=3)
    assert plan.partition_count == 1
    assert read.array(plan.partitions[0], tmp_path).tolist() == [0, 1, 2, 3, 4]


def test_a_frame_is_read_without_those_before_it(plan_of, tmp_path, monkeypatch) -> None:
    data = LINES.encode() * 20
    parts = split(data, list(range(1, len(data), 5_000)))
    (tmp_path / "a.jsonl.gz").write_bytes(bgzf(parts))
    plan = plan_of(tmp_path, input="a.jsonl.gz", target_partitions=10)
    size = (tmp_path / "a.jsonl.gz").stat().st_size
    places = []

    class Counted(io.FileIO):
        def seek(self, place, whence=0):
            places.append(place)
            return super().seek(place, whence)

    monkeypatch.setattr(streams, "open_raw", lambda source, folder: Counted(Path(folder) / source))
    rows = list(read.iter_rows(plan.partitions[9], tmp_path))
    assert rows[-1]["n"] == 399
    assert min(place for place in places if place) > size * 0.8


def test_a_plan_looks_only_at_the_beginning_for_a_second_member(plan_of, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(find_frames, "_LOOKED_THROUGH_BYTES", 100)
    monkeypatch.setattr(find_frames, "_READ_BYTES", 64)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(LINES.encode()) + gzip.compress(LINES.encode()))
    plan = plan_of(tmp_path, input="a.jsonl.gz", target_partitions=4)
    assert plan.partition_count == 1
    assert len(list(read.iter_rows(plan.partitions[0], tmp_path))) == 800


def test_other_formats_in_frames(plan_of, tmp_path) -> None:
    fastq = "".join(
        f"@r{number}\n{'ACGT' * (number % 9 + 1)}\n+\n{'@+II' * (number % 9 + 1)}\n" for number in range(90)
    )
    (tmp_path / "a.fastq.gz").write_bytes(bgzf(split(fastq.encode(), [500, 999, 2000])))
    plan = plan_of(tmp_path, input="a.fastq.gz", target_partitions=7)
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, tmp_path)]
    assert plan.partition_count == 7
    assert [row["id"] for row in rows] == [f"r{number}" for number in range(90)]
    array = json.dumps([{"n": number} for number in range(90)])
    (tmp_path / "a.json.zst").write_bytes(
        b"".join(map(zstandard.compress, split(array.encode(), [100, 300])))
    )
    plan = plan_of(tmp_path, input="a.json.zst", target_partitions=7, partition=PartitionTable(format="json"))
    rows = [row for partition in plan.partitions for row in read.iter_rows(partition, tmp_path)]
    assert plan.partition_count == 7
    assert rows == json.loads(array)
