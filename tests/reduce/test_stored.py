"""Reading and copying what lies in segment files."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce import stored
from jupyter_agilab.reduce.stored import SegmentFiles, Span, spans
from jupyter_agilab.reduce.types import StoredResult


def result(index: int, path: str, offset: int, length: int) -> StoredResult:
    return StoredResult(index, f"id{index}", Path(path), offset, length, 1, "jsonl")


def test_neighbours_become_one_span() -> None:
    results = [
        result(0, "a", 0, 10),
        result(1, "a", 10, 5),
        result(2, "b", 0, 0),  # nothing stored: counted, and in nobody's way
        result(3, "a", 15, 5),
        result(4, "a", 30, 5),  # a gap
        result(5, "b", 35, 5),  # another file
        result(6, "b", 0, 5),  # backwards
        result(7, "b", 99, 0),
    ]
    assert list(spans(results)) == [
        Span(Path("a"), 0, 20, 4),
        Span(Path("a"), 30, 5, 1),
        Span(Path("b"), 35, 5, 1),
        Span(Path("b"), 0, 5, 2),
    ]


def test_only_empty_results_and_none() -> None:
    assert [span.count for span in spans([result(0, "a", 0, 0), result(1, "b", 0, 0)])] == [2]
    assert list(spans([])) == []


def test_long_spans_are_cut_between_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "SPAN_BYTES", 10)
    results = [result(at, "a", at * 4, 4) for at in range(7)] + [result(7, "a", 28, 100)]
    assert [(span.length, span.count) for span in spans(results)] == [(12, 3), (12, 3), (104, 2)]


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 30)), max_size=30),
    st.integers(1, 40),
)
def test_spans_hold_exactly_the_results(places: list[tuple[str, int, int]], limit: int) -> None:
    results = [result(at, path, start * 10, length) for at, (path, start, length) in enumerate(places)]
    usual = stored.SPAN_BYTES
    stored.SPAN_BYTES = limit
    try:
        found = list(spans(results))
    finally:
        stored.SPAN_BYTES = usual
    expected = [(each.path, at) for each in results for at in range(each.offset, each.offset + each.length)]
    assert [
        (span.path, at) for span in found for at in range(span.offset, span.offset + span.length)
    ] == expected
    assert sum(span.count for span in found) == len(results)


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    path = tmp_path / "00000.data"
    path.write_bytes(os.urandom(3_000_001))
    return path


SPANS = [(0, 3_000_001), (1, 3_000_000), (17, 70_000), (5, 10), (2_999_990, 11)]


def check_copy(segment: Path, target: Path) -> None:
    data = segment.read_bytes()
    with SegmentFiles() as files, target.open("wb") as out:
        out.write(b"before")
        for offset, length in SPANS:
            files.copy(Span(segment, offset, length, 1), out)
            out.write(b"|")
        assert out.tell() == 6 + sum(length + 1 for _, length in SPANS)
    expected = b"before" + b"".join(data[offset : offset + length] + b"|" for offset, length in SPANS)
    assert target.read_bytes() == expected


def test_copies_inside_the_kernel_and_writes_between(segment: Path, tmp_path: Path) -> None:
    check_copy(segment, tmp_path / "out")


def test_copies_where_the_system_has_no_such_call(
    segment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "copy_file_range", raising=False)
    check_copy(segment, tmp_path / "out")


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM])
def test_copies_where_the_call_refuses(
    code: int, segment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "copy_file_range", refuse, raising=False)
    check_copy(segment, tmp_path / "out")


def test_copies_where_the_call_stops_halfway(
    segment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def some(source: int, target: int, count: int, offset: int) -> int:
        if len(calls) == 2:
            return 0  # what some file systems do instead of an error
        calls.append(count)
        return os.write(target, os.pread(source, min(count, 1_000), offset))

    calls: list[int] = []
    monkeypatch.setattr(os, "copy_file_range", some, raising=False)
    check_copy(segment, tmp_path / "out")
    assert len(calls) == 2


def test_a_full_disk_is_not_tried_again(
    segment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "copy_file_range", full, raising=False)
    with (
        SegmentFiles() as files,
        (tmp_path / "out").open("wb") as out,
        pytest.raises(OSError, match="No space left"),
    ):
        files.copy(Span(segment, 0, 100_000, 1), out)


def test_copies_into_memory(segment: Path) -> None:
    raw = io.BytesIO()
    with SegmentFiles() as files:
        out = io.BufferedWriter(raw)  # type: ignore[arg-type]  # a writer over memory
        files.copy(Span(segment, 3, 100_000, 1), out)
        out.flush()
    assert raw.getvalue() == segment.read_bytes()[3:100_003]


def test_many_segments_do_not_use_up_the_open_files(tmp_path: Path, lay_out: Callable[..., Any]) -> None:
    from jupyter_agilab.reduce.records import encode

    results = lay_out(tmp_path, [encode(at, "json") for at in range(300)], [[at] for at in range(300)])
    with SegmentFiles() as files:
        found = [int(data) for _, data in files.each([*results, *results])]
        assert len(files._open) <= 64
    assert found == [*range(300), *range(300)]
    assert not files._open


def test_one_result_as_a_stream_ends_where_it_ends(segment: Path) -> None:
    data = segment.read_bytes()
    with SegmentFiles() as files:
        part = files.open(result(0, str(segment), 10, 2_000_000))
        assert part.read(5) == data[10:15]
        assert part.read() == data[15:2_000_010]
        assert part.read() == b""
        beyond = files.open(result(0, str(segment), 3_000_000, 5))
        with pytest.raises(ReduceError, match="shorter than its index says"):
            beyond.read()
