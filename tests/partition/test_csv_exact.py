"""The cuts of CSV files against Python's csv module."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from collections.abc import Callable
from itertools import chain, pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.partition.csv_records import CsvRecords
from jupyter_agilab.partition.dialect import Dialect
from jupyter_agilab.partition.line_records import skip_line_ends
from jupyter_agilab.partition.quote_bits import line_ends_by_parity
from jupyter_agilab.partition.source import ByteFile

Rows = list[list[str]]

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# single characters that matter, and words that do not
cells = st.lists(
    st.sampled_from(['"', '""', ",", "\n", "\r\n", "\r", ";", " ", "a", "ÄÖ", "12", "語", "\ufeff"]),
    max_size=5,
).map("".join)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Tables as some program may write them: bare quotes, blank lines, ragged rows."""
    line_end = draw(st.sampled_from(["\n", "\r\n", "\r"]))

    def written(cell: str) -> str:
        style = draw(st.sampled_from(["quoted", "quoted", "bare", "as needed"]))
        bare = cell.replace("\n", "").replace("\r", "").replace(",", "").lstrip('"')
        if style == "bare":
            return bare
        needs = any(sign in cell for sign in ',"\r\n')
        return '"' + cell.replace('"', '""') + '"' if style == "quoted" or needs else cell

    rows = draw(st.lists(st.lists(cells, min_size=1, max_size=4), min_size=0, max_size=25))
    lines = [",".join(written(cell) for cell in row) for row in rows]
    for place in draw(st.lists(st.integers(0, len(lines)), max_size=3)):
        lines.insert(place, "")
    text = line_end.join(lines) + (line_end if draw(st.booleans()) else "")
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + text.encode()


soups = st.text(alphabet='"",\n\ra ', max_size=120).map(str.encode)


def joined(
    data: bytes,
    plan_of: Callable[..., Any],
    rows_of: Callable[..., Rows],
    bytes_of: Callable[..., bytes],
    **keys: Any,
) -> tuple[Rows, int]:
    """Cut `data`, read each partition by itself, and join the records; also gives the count."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.csv").write_bytes(data)
        plan = plan_of(folder, **keys)
        rows: Rows = []
        is_counted = keys.get("partition_strategy") == "row-chunks"
        for place, partition in enumerate(plan.partitions):
            own = bytes_of(partition, folder)
            if (
                partition.kind == "bytes"
                and not keys["partition"].header
                and partition.start
                and not is_counted
            ):
                assert not own.startswith(b"\xef\xbb\xbf")
            if partition.header_bytes:
                header = rows_of(own[: partition.header_bytes])
                assert [row for row in header if row] == [row for row in rows_of(data) if row][:1]
                read = rows_of(own)
                assert read[: len(header)] == header
                rows += read if place == 0 else read[len(header) :]
                assert any(read[len(header) :]), "a partition without records"
            else:
                # only the first range can begin with a byte order mark of the file
                rows += rows_of(own, "utf-8" if partition.start else "utf-8-sig")
        return rows, plan.partition_count


@many
@given(data=tables() | soups, count=st.integers(1, 50), has_header=st.booleans(), sizes=st.integers(0, 3))
@example(data=b'a,b\n5" pipe,3\n"x\n",1\n', count=3, has_header=True, sizes=0)
@example(data=b'"a\n""b",1\r\n\r\n2,"\r\n"', count=4, has_header=False, sizes=1)
@example(data=b'""""""\n"\n', count=2, has_header=False, sizes=1)
@example(data=b"x\n\xef\xbb\xbfy\n\xef\xbb\xbfz\nq", count=4, has_header=False, sizes=1)
@example(data=b'\xef\xbb\xbf"a\nb",c\r1,2\r3,4', count=2, has_header=True, sizes=0)
def test_chunks_joined_are_the_whole_file(
    plan_of, csv_rows, bytes_of, small_windows, data, count, has_header, sizes
) -> None:
    small_windows(*[(8192, 1 << 18), (1, 1), (2, 5), (7, 64)][sizes])
    table = PartitionTable(header=has_header, delimiter=",")
    rows, made = joined(data, plan_of, csv_rows, bytes_of, target_partitions=count, partition=table)
    assert rows == csv_rows(data)
    records = [row for row in csv_rows(data) if row][int(has_header) :]
    assert made <= max(1, min(count, len(records)))


@many
@given(data=tables() | soups, count=st.integers(1, 50), has_header=st.booleans(), sizes=st.integers(0, 3))
def test_row_chunks_have_equal_rows(
    plan_of, csv_rows, bytes_of, small_windows, data, count, has_header, sizes
) -> None:
    small_windows(*[(8192, 1 << 18), (1, 1), (2, 5), (7, 64)][sizes])
    keys = {
        "split": "data-partitions",
        "partition_strategy": "row-chunks",
        "partition": PartitionTable(header=has_header, delimiter=","),
        "target_partitions": count,
    }
    rows, made = joined(data, plan_of, csv_rows, bytes_of, **keys)
    assert rows == csv_rows(data)
    records = [row for row in csv_rows(data) if row][int(has_header) :]
    assert made == max(1, min(count, len(records)))


class Held(ByteFile):
    """A file in memory."""

    def __init__(self, data: bytes) -> None:
        self.source, self.size, self._data = "held", len(data), data

    def read(self, start: int, stop: int) -> bytes:
        return self._data[start:stop]


def ends_by_states(text: str) -> list[int]:
    """Where records that are not blank end, by the states of CPython's Modules/_csv.c."""
    ends: list[int] = []
    state, is_blank = "start", True
    for place, sign in enumerate(text):
        if sign in "\r\n" and state != "quoted":
            if not is_blank:
                ends.append(place + 1)
            elif sign == "\n" and text[place - 1 : place] == "\r" and ends and ends[-1] == place:
                ends[-1] = place + 1
            state, is_blank = "start", True
            continue
        is_blank = False
        if state == "quoted":
            state = "quote in quoted" if sign == '"' else "quoted"
        elif sign == ",":
            state = "start"
        elif sign == '"' and state in {"start", "quote in quoted"}:
            state = "quoted"
        else:
            state = "field"
    return ends if is_blank else [*ends, len(text)]


def test_every_short_text_at_every_place(csv_rows, small_windows) -> None:
    records = CsvRecords(Dialect(ord(","), ord('"'), False))
    small_windows(2, 3)
    for length in range(6):
        for signs in product('",\n\ra', repeat=length):
            text = "".join(signs)
            ends = ends_by_states(text)
            assert len(ends) == len([row for row in csv_rows(text.encode()) if row]), repr(text)
            file = Held(text.encode())
            first = records.content_start(file, 0)
            assert [int(end) for array in records.ends(file, first) for end in array] == ends, repr(text)
            for wanted in range(first + 1, length):
                starts = [skip_line_ends(file, end) for end in ends]
                following = [start for start in starts if start >= wanted]
                assert records.next_start(file, wanted, first) == min(following, default=length), (
                    text,
                    wanted,
                )


@settings(max_examples=300, deadline=None)
@given(data=tables() | soups | st.lists(soups, min_size=3, max_size=9).map(b"".join), inside=st.booleans())
def test_both_ways_of_finding_line_ends_agree(data, inside) -> None:
    records = CsvRecords(Dialect(ord(","), ord('"'), False))
    part = b"," + data
    found = line_ends_by_parity(np.frombuffer(part, np.uint8), ord(","), ord('"'), inside=inside)
    places, is_inside = records._outside_exactly(part, inside=inside)
    if found is not None:
        assert (found[0].tolist(), found[1]) == (places.tolist(), is_inside)
    elif not inside:
        # it may only give up where a quote is literal: there, a quoted writer gives another text
        rows = csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline=""))
        assert any('"' in cell for row in rows for cell in row)


@pytest.mark.parametrize("rows_each", [1, 3, 7, 1000])
def test_rows_per_partition(plan_of, csv_rows, bytes_of, tmp_path, rows_each) -> None:
    data = b"a,b\n" + b"".join(b'%d,"x\ny"\r\n' % number for number in range(20))
    (tmp_path / "a.csv").write_bytes(data)
    plan = plan_of(
        tmp_path,
        split="data-partitions",
        partition_strategy="row-chunks",
        partition=PartitionTable(rows=rows_each),
    )
    sizes = [len(csv_rows(bytes_of(partition, tmp_path))) - 1 for partition in plan.partitions]
    full, rest = divmod(20, rows_each)
    assert sizes == [rows_each] * full + ([rest] if rest else [])


@pytest.mark.parametrize(
    ("options", "data"),
    [
        pytest.param({"delimiter": ";"}, b'a;b\n1;"x;\n2"\n3;"y\n"\n' * 9, id="semicolon"),
        pytest.param(
            {"delimiter": "|", "quotechar": "'"}, b"a|b\n1|'x|\n2'\n3|'y\"\n'\n" * 9, id="pipe and apostrophe"
        ),
        pytest.param({"delimiter": "\t"}, b'a\tb\n1\t"x\t\n2"\n3\t4\n' * 9, id="tab"),
    ],
)
def test_other_dialects(plan_of, csv_rows, bytes_of, tmp_path, options, data) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    plan = plan_of(tmp_path, target_partitions=11, partition=PartitionTable(**options))
    parts = [csv_rows(bytes_of(partition, tmp_path), **options) for partition in plan.partitions]
    whole = csv_rows(data, **options)
    assert plan.partition_count > 5
    assert [row for part in parts for row in part[1:]] == whole[1:]
    assert all(part[0] == whole[0] for part in parts)


def test_without_quotes_every_line_end_counts(plan_of, csv_rows, bytes_of, tmp_path) -> None:
    data = b'a\tb\n1\t"x\n2\ty"\n"\t"\n' * 5
    (tmp_path / "a.tsv").write_bytes(data)
    plan = plan_of(tmp_path, input="*.tsv", target_partitions=50, partition=PartitionTable(quotechar=""))
    options = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
    parts = [csv_rows(bytes_of(partition, tmp_path), **options)[1:] for partition in plan.partitions]
    assert list(chain(*parts)) == csv_rows(data, **options)[1:]
    assert plan.partition_count == 19


def test_encodings_that_keep_bytes_apart(plan_of, bytes_of, tmp_path) -> None:
    text = 'näme,wert\n"größe\n1",ß\nå,æ\n' * 20
    (tmp_path / "a.csv").write_bytes(text.encode("latin-1"))
    plan = plan_of(tmp_path, target_partitions=9, partition=PartitionTable(encoding="latin-1"))
    parts = [
        list(csv.reader(io.StringIO(bytes_of(partition, tmp_path).decode("latin-1"), newline="")))[1:]
        for partition in plan.partitions
    ]
    assert plan.partition_count == 9
    assert list(chain(*parts)) == list(csv.reader(io.StringIO(text, newline="")))[1:]


def test_pieces_are_of_near_equal_size(plan_of, tmp_path) -> None:
    rng = random.Random(5)
    with (tmp_path / "a.csv").open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["n", "text"])
        for number in range(20_000):
            writer.writerow([number, rng.choice(["plain", 'with "quotes"', "two\nlines", "a,b"])])
    plan = plan_of(tmp_path, target_partitions=16)
    weights = [partition.weight for partition in plan.partitions]
    assert plan.partition_count == 16
    assert max(weights) - min(weights) < 100


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 MB in which most line ends are inside quotes, and block readers go wrong."""
    rng = random.Random(7)
    block = io.StringIO(newline="")
    writer = csv.writer(block)
    words = ["one", 'say "hi"', "a,b", "line\nline", "x\r\ny", "", '5" pipe']
    for number in range(2_000):
        comment = "\n".join(rng.choice(words) for _ in range(rng.randint(0, 40)))
        writer.writerow([number, comment, f"{rng.random():.6f}"])
    data = block.getvalue().encode()
    folder = tmp_path_factory.mktemp("large")
    with (folder / "a.csv").open("wb") as out:
        out.write(b"number,comment,value\r\n")
        while out.tell() < 30_000_000:
            out.write(data)
            out.write(b'0,bare 5" quote,1\n')
    return folder


def test_a_large_file_is_cut_exactly(plan_of, large, csv_rows, bytes_of) -> None:
    plan = plan_of(large, target_partitions=40)
    assert plan.partition_count == 40
    whole = (large / "a.csv").read_bytes()
    bounds = [(partition.start, partition.stop) for partition in plan.partitions]
    assert bounds[0][0] == plan.partitions[0].header_bytes == len(b"number,comment,value\r\n")
    assert bounds[-1][1] == len(whole)
    assert all(stop == start for (_, stop), (start, _) in pairwise(bounds))
    with (large / "a.csv").open(newline="", encoding="utf-8") as stream:
        reader = csv.reader(stream)
        header = next(reader)
        for partition in plan.partitions:
            own = csv.reader(io.StringIO(bytes_of(partition, large).decode(), newline=""))
            assert next(own) == header
            assert all(row == next(reader) for row in own)
        assert next(reader, None) is None


def test_a_large_file_is_counted_exactly(plan_of, large, csv_rows, bytes_of) -> None:
    plan = plan_of(large, target_partitions=7, split="data-partitions", partition_strategy="row-chunks")
    with (large / "a.csv").open(newline="", encoding="utf-8") as stream:
        total = sum(1 for _ in csv.reader(stream)) - 1
    sizes = [len(csv_rows(bytes_of(partition, large))) - 1 for partition in plan.partitions]
    assert sum(sizes) == total
    assert max(sizes) - min(sizes) <= 1
