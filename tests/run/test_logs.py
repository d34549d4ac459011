"""Logs read back: by partition, searched, followed, torn, of earlier runs."""

import json
import os
import random
import time
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import UsageError
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.log_files import (
    NOBODY,
    LogFiles,
    index_line,
    log_files_in,
    packed_now,
    read_index_lines,
    tidy_logs,
)
from jupyter_agilab.run.log_tail import LogFollower, LogTail
from jupyter_agilab.run.logs import RunLogs
from jupyter_agilab.run.output import worker_log

ID = "0123456789abcdef"


@pytest.fixture
def run(tmp_path):
    return RunDirectory(tmp_path / ".agilab/runs/work/20260101-000000-0000")


class Written:
    """Files of one worker, written by hand."""

    def __init__(self, run, name="worker-0-abc123"):
        run.logs.mkdir(parents=True, exist_ok=True)
        self.files = LogFiles(run.logs / name)
        self.sizes = {1: 0, 2: 0}
        for path in (self.files.stream(1), self.files.stream(2), self.files.index):
            path.touch()

    def text(self, number, text):
        """Append to a stream; gives the span."""
        data = text.encode()
        with self.files.stream(number).open("ab") as file:
            file.write(data)
        start = self.sizes[number]
        self.sizes[number] += len(data)
        return number, start, self.sizes[number]

    def tell(self, index, *spans, task=1, attempt=1, t=5.0):
        flat = [number for span in spans for number in span]
        with self.files.index.open("ab") as file:
            file.write(index_line(index, ID, task, attempt, t, flat))

    def now(self, index, task=1, attempt=1):
        self.files.now.write_bytes(packed_now(index, task, attempt))


def shown(lines):
    return [(line.index, line.stream, line.text) for line in lines]


def test_a_run_without_logs_has_none(run):
    logs = RunLogs(run)
    assert logs.is_empty
    assert logs.partitions() == []
    assert list(logs.lines()) == []
    assert LogTail(run).poll() == ()


def test_lines_come_in_the_order_of_the_plan_and_as_they_were_completed(run):
    one, two = Written(run), Written(run, "worker-1-aaaaaa")
    first = one.text(1, "a\nhalf ")
    error = one.text(2, "oops\n")
    rest = one.text(1, "line\nno end")
    one.tell(7, first, error, rest)
    two.tell(2, two.text(1, "early\n"))
    assert shown(RunLogs(run).lines()) == [
        (2, "stdout", "early"),
        (7, "stdout", "a"),
        (7, "stderr", "oops"),
        (7, "stdout", "half line"),
        (7, "stdout", "no end"),
    ]
    log = RunLogs(run).partitions([7])[0]
    assert (log.worker, log.partition, log.size_bytes) == ("worker-0", ID, 23)
    assert log.text("stdout") == "a\nhalf line\nno end\n"


def test_several_lines_of_the_index_are_one_log_and_attempts_are_not(run):
    one = Written(run)
    one.tell(1, one.text(1, "be"))
    one.tell(2, one.text(1, "in between\n"))
    one.tell(1, one.text(1, "gun\n"))
    one.tell(1, one.text(1, "again\n"), attempt=2, task=9)
    logs = RunLogs(run).partitions([1])
    assert [(log.attempt, log.text()) for log in logs] == [(1, "begun\n"), (2, "again\n")]


def test_a_torn_index_line_and_what_was_lost_with_it_are_nobodys(run):
    one = Written(run)
    one.tell(0, one.text(1, "zero\n"))
    one.text(1, "whose?\n")
    with one.files.index.open("ab") as file:
        file.write(b'{"index":1,"partit\n')
    one.tell(2, one.text(1, "two\n"))
    one.text(1, "the end\n")
    with one.files.index.open("ab") as file:
        file.write(b'{"index":3,"pa')
    expected = [(0, "zero"), (2, "two"), (None, "whose?"), (None, "the end")]
    assert [(line.index, line.text) for line in RunLogs(run).lines()] == expected


def test_what_no_line_of_the_index_tells_is_that_of_the_partition_at_work(run):
    one = Written(run)
    one.tell(4, one.text(1, "four\n"))
    one.text(2, "five and then death")
    one.now(5, task=3, attempt=2)
    four, five = RunLogs(run).partitions()
    assert (four.is_complete, five.is_complete) == (True, False)
    assert (five.index, five.task, five.attempt, five.text()) == (5, 3, 2, "five and then death\n")


@pytest.mark.parametrize("damage", [b"", b"\x00", b"\xff" * 100])
def test_a_damaged_note_names_nobody(run, damage):
    one = Written(run)
    one.text(1, "something\n")
    one.files.now.write_bytes(damage)
    assert [(line.index, line.text) for line in RunLogs(run).lines()] == [(None, "something")]


def test_streams_that_are_gone_or_cut_off_do_no_harm(run):
    one = Written(run)
    one.tell(0, one.text(1, "a\nb\n"), one.text(2, "c\n"))
    one.files.stream(2).unlink()
    os.truncate(one.files.stream(1), 1)
    assert [line.text for line in RunLogs(run).lines()] == ["a"]


@pytest.mark.parametrize("line", [b"[]", b"1", b"{}", b'{"index":1}', b"\xff", b"nan,"])
def test_foreign_lines_in_an_index_are_passed_over(line):
    good = index_line(3, ID, 1, 1, 2.5, (1, 0, 9))
    assert [each["index"] for each in read_index_lines(good + line + b"\n" + good)] == [3, 3]


def test_search_finds_lines_not_spans_of_lines(run):
    one = Written(run)
    one.tell(0, one.text(1, "error: a\nb\n"), one.text(2, "ERROR: é\n"))
    one.tell(1, one.text(1, "an error\n"))
    logs = RunLogs(run)
    assert shown(logs.lines(grep="^error")) == [(0, "stdout", "error: a")]
    assert shown(logs.lines(grep=r"error\s*b$")) == []
    assert shown(logs.lines(grep=r"(?i)error: \w$")) == [
        (0, "stdout", "error: a"),
        (0, "stderr", "ERROR: é"),
    ]
    assert shown(logs.lines(grep="error", stream="stderr")) == []
    assert shown(logs.lines([1], grep="error")) == [(1, "stdout", "an error")]
    with pytest.raises(UsageError, match="not a regular expression"):
        logs.lines(grep="(")


def test_search_agrees_with_a_plain_search_of_everything_printed(run, tmp_path):
    rng = random.Random(5)
    expected: dict[int, str] = {}
    workers = [worker_log(run.logs, f"w{number}", alone=False) for number in range(1)]
    (log,) = workers
    alphabet = "ab\n\r é"
    for task in range(5):
        with log.taking(task, 1):
            for index in range(task * 40, task * 40 + 40):
                log.start(index, ID)
                text = "".join(rng.choice(alphabet) for _ in range(rng.randrange(30)))
                place = log.place
                log.write(place, 1, text)
                expected[index] = text
        log.check()
    found = {(line.index, line.text) for line in RunLogs(run).lines(grep="a.*b")}
    assert found == {
        (index, line.removesuffix("\r"))
        for index, text in expected.items()
        for line in text.split("\n")
        if "a" in line and "b" in line[line.index("a") + 1 :]
    }


def test_200_000_logged_partitions_are_read_together(run, monkeypatch):
    """A look at the disk for each would take minutes where the disk is another machine's."""
    one = Written(run)
    lines = [f"partition {index} value {index * 7919 % 1000}\n" for index in range(200_000)]
    data = "".join(lines).encode()
    one.files.stream(1).write_bytes(data)
    place, index_lines = 0, []
    for index, line in enumerate(lines):
        end = place + len(line)
        index_lines.append(index_line(index, ID, index // 500, 1, 1.0, (1, place, end)))
        place = end
    one.files.index.write_bytes(b"".join(index_lines))
    looks = []
    read = os.pread

    def noting(descriptor, size, start):
        looks.append(size)
        return read(descriptor, size, start)

    monkeypatch.setattr(os, "pread", noting)
    found = [line.index for line in RunLogs(run).lines(grep="value 77$")]
    assert found == [index for index in range(200_000) if index * 7919 % 1000 == 77]
    assert 0 < len(looks) < 500
    assert max(looks) <= 1 << 14


class TestTail:
    def test_shows_the_last_lines_and_what_has_begun(self, run):
        one, two = Written(run), Written(run, "worker-1-aaaaaa")
        tail = LogTail(run, 3)
        one.tell(0, one.text(1, "a\nb\n"), t=1.0)
        two.tell(1, two.text(1, "c\n"), t=2.0)
        assert [line.text for line in tail.poll()] == ["a", "b", "c"]
        one.now(5)
        one.text(1, "under way\n10%|")
        assert [(line.index, line.text) for line in tail.poll()] == [(1, "c"), (5, "under way"), (5, "10%|")]
        span = (1, 4, one.text(1, "100%\n")[2])
        one.tell(5, span)
        one.files.now.write_bytes(packed_now(*NOBODY))
        assert [line.text for line in tail.poll()] == ["c", "under way", "10%|100%"]
        assert [line.text for line in tail.poll()] == ["c", "under way", "10%|100%"]

    def test_never_reads_much(self, run, monkeypatch):
        one = Written(run)
        one.now(0)
        tail = LogTail(run, 5)
        for turn in range(3):
            one.text(1, "x" * 79 + "\n")
            one.text(1, f"{turn} {'y' * 77}\n" * 100_000)
            read = []
            real = os.pread
            monkeypatch.setattr(os, "pread", lambda *a, real=real, read=read: read.append(a) or real(*a))
            assert {line.text for line in tail.poll()} == {f"{turn} {'y' * 77}"}
            monkeypatch.undo()
            assert sum(size for _, size, _ in read) <= 1 << 16

    def test_the_follower_gives_each_line_once_with_its_partition(self, run):
        one = Written(run)
        follower = LogFollower(run)
        seen = []
        for index in range(30):
            one.now(index)
            start = one.sizes[1]
            one.text(1, f"first {index}\nsecond")
            if index % 2:
                seen += follower.poll()
            end = one.text(1, f" {index}\nlast {index}")[2]
            if index % 3:
                seen += follower.poll()
            one.tell(index, (1, start, end))
        one.files.now.write_bytes(packed_now(*NOBODY))
        seen += follower.poll()
        expected = [f"{what} {index}" for index in range(30) for what in ("first", "second", "last")]
        assert [line.text for line in seen] == expected
        assert all(line.text.endswith(f" {line.index}") for line in seen)


def test_tidying_removes_what_is_empty_and_nothing_else(run):
    empty, full = Written(run, "worker-0-aaaaaa"), Written(run, "worker-1-bbbbbb")
    empty.now(-1)
    full.tell(0, full.text(2, "x\n"))
    tidy_logs(run.logs)
    assert [files.base.name for files in log_files_in(run.logs)] == ["worker-1-bbbbbb"]
    assert {path.suffix for path in run.logs.iterdir()} == {".stdout", ".stderr", ".jsonl"}
    for path in run.logs.iterdir():
        path.unlink()
    tidy_logs(run.logs)
    assert not run.logs.exists()
    tidy_logs(run.logs)


SAYS = "def work(i):\n    print('did', i)\n    return {'i': i, 'x': 1}\n"


def test_logs_of_results_that_were_taken_over_are_found_where_they_were_made(stage):
    first = stage.module(SAYS).sweep(4).run()
    (stage.folder / "grid.json").write_text(json.dumps({"i": [9, 3, 2, 1, 0]}))
    second = stage.run()
    third = stage.run()
    assert (second.reused, third.reused) == (4, 5)
    logs = api.logs(third.run_dir)
    lines = list(logs.lines())
    assert [(line.index, line.text) for line in lines] == [
        (place, f"did {i}") for place, i in enumerate([9, 3, 2, 1, 0])
    ]
    assert [line.run_id for line in lines] == [second.run_id] + 4 * [first.run_id]
    assert {index: origin.index for index, origin in logs.taken_over.items()} == {
        0: 0,
        1: 3,
        2: 2,
        3: 1,
        4: 0,
    }
    assert [line.text for line in logs.lines([2], grep="did")] == ["did 2"]


def test_results_taken_over_from_a_run_that_is_gone_are_told_as_such(stage):
    import shutil

    first = stage.module(SAYS).sweep(2).run()
    second = stage.run()
    shutil.rmtree(first.run_dir)
    logs = api.logs(second.run_dir)
    assert [origin.run for origin in logs.taken_over.values()] == [None, None]
    assert list(logs.lines()) == []


def test_a_run_can_be_followed_while_it_goes_on(stage):
    stage.module("""
        import pathlib, time
        def work(i):
            print("begin", i)
            while not pathlib.Path("go").exists():
                time.sleep(0.01)
            print("end", i)
            return i
    """).sweep(1)
    watch = api.submit(stage.path)
    tail = LogTail(RunDirectory(Path(watch.status.run_dir)))
    deadline = time.monotonic() + 30
    while [line.text for line in tail.poll()] != ["begin 0"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (log,) = api.logs("work", stage.folder).partitions()
    assert (log.index, log.is_complete, log.text()) == (0, False, "begin 0\n")
    (stage.folder / "go").touch()
    watch.wait(timeout_s=60)
    assert [(line.index, line.text) for line in tail.poll()] == [(0, "begin 0"), (0, "end 0")]


def test_a_full_disk_under_the_log_stops_the_run_and_is_no_error_of_the_author(stage, tmp_path):
    stage.module("def work(i):\n    print('x')\n    return i\n").sweep(2)
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    run.logs.touch()  # no directory can be made there
    log = worker_log(run.logs, "w", alone=False)
    with log.taking(1, 1):
        log.start(0, ID)
        assert log.write(log.place, 1, "lost\n") == 5
    with pytest.raises(OSError, match=r"exists|directory"):
        log.check()
