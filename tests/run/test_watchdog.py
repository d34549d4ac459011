"""Notes of workers, the limits that the watchdog keeps, and where a stuck worker is."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agilab.contract.model import ExecutionTable
from jupyter_agilab.run import watchdog as watchdog_module
from jupyter_agilab.run.index_ranges import indexes_in, ranges_text
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.meter import Meter
from jupyter_agilab.run.notes import NoteReader, note_of_this_worker
from jupyter_agilab.run.policy import policy_of
from jupyter_agilab.run.stuck import ask_where, stack_in
from jupyter_agilab.run.watchdog import Watchdog


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path)


@given(st.sets(st.integers(0, 300)))
def test_ranges_are_read_back_as_they_were(indexes: set[int]) -> None:
    text = ranges_text(sorted(indexes))
    assert list(indexes_in(text)) == sorted(indexes)
    assert text.count(",") < max(1, len(indexes))


def test_ranges_are_short() -> None:
    assert ranges_text(range(100_000)) == "0-99999"
    assert ranges_text([1, 2, 4]) == "1-2,4"
    assert ranges_text([]) == ""


def test_a_note_says_what_its_worker_does(run: RunDirectory) -> None:
    note = note_of_this_worker(run, "tcp://host:1")
    assert note_of_this_worker(run, "tcp://host:1") is note
    reader = NoteReader(run.notes)
    note.begin(7, 42)
    (doing,) = reader.read()
    assert (doing.worker, doing.pid, doing.task, doing.index, doing.done) == (
        "tcp___host_1",
        os.getpid(),
        7,
        42,
        0,
    )
    assert abs(doing.since - time.time()) < 5
    note.end()
    (doing,) = reader.read()
    assert (doing.task, doing.index, doing.done) == (7, None, 1)
    note.rest()
    (doing,) = reader.read()
    assert (doing.task, doing.index) == (None, None)
    reader.forget(doing)
    assert list(reader.read()) == []


def test_a_note_outlives_its_worker(run: RunDirectory) -> None:
    code = f"""
        import os
        from pathlib import Path
        from jupyter_agilab.run.layout import RunDirectory
        from jupyter_agilab.run.notes import note_of_this_worker
        note_of_this_worker(RunDirectory(Path({str(run.path)!r})), "w").begin(3, 9)
        os.kill(os.getpid(), 9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    (doing,) = NoteReader(run.notes).read()
    assert (doing.worker, doing.task, doing.index) == ("w", 3, 9)


def test_threads_have_notes_of_their_own(run: RunDirectory) -> None:
    threads = [
        threading.Thread(target=lambda n=n: note_of_this_worker(run, f"thread-{n}").begin(n, n))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((each.worker, each.task) for each in NoteReader(run.notes).read()) == [
        ("thread-0", 0),
        ("thread-1", 1),
        ("thread-2", 2),
    ]


def test_a_damaged_note_is_passed_over(run: RunDirectory) -> None:
    run.notes.mkdir()
    (run.notes / "w@h@12@3.note").write_bytes(b"short")
    (run.notes / "no-pid.note").write_bytes(bytes(32))
    assert list(NoteReader(run.notes).read()) == []


def looks(watchdog: Watchdog, limits: dict[int, int | None], times: int = 3) -> list:
    found = []
    for _ in range(times):
        time.sleep(0.21)
        found += watchdog.look(limits)
    return found


def test_what_takes_too_long_is_told_and_nothing_else(run: RunDirectory) -> None:
    watchdog = Watchdog(NoteReader(run.notes), lambda *_, **__: None, timeout_s=0.3)
    note = note_of_this_worker(run, "w")
    for index in range(4):
        # each of them in time, all of them together not
        note.begin(1, index)
        assert looks(watchdog, {1: None}, times=1) == []
        note.end()
    assert looks(watchdog, {1: None}) == []
    note.begin(1, 5)
    verdicts = looks(watchdog, {1: None})
    assert {(each.kind, each.doing.index) for each in verdicts} == {("timeout", 5)}
    assert "timeout_s = 0.3 s" in verdicts[0].cause
    # a task that is none of this run's tasks under way
    assert looks(watchdog, {2: None}) == []


def test_what_takes_too_much_memory_is_told(run: RunDirectory) -> None:
    watchdog = Watchdog(NoteReader(run.notes), lambda *_, **__: None, timeout_s=None)
    note_of_this_worker(run, "w").begin(1, 5)
    assert looks(watchdog, {1: 1 << 40}, times=1) == []
    (verdict,) = looks(watchdog, {1: 1_000_000}, times=1)
    assert (verdict.kind, verdict.doing.index) == ("memory", 5)
    assert verdict.cause.endswith("1 MB are allowed")


def test_the_largest_worker_goes_before_the_machine_is_out_of_memory(run, monkeypatch) -> None:
    left = [10 << 30]
    sizes = {os.getpid(): 6 << 30}
    monkeypatch.setattr(watchdog_module, "available_memory_bytes", lambda: left[0])
    monkeypatch.setattr(watchdog_module, "process_memory_bytes", sizes.get)
    watchdog = Watchdog(NoteReader(run.notes), lambda *_, **__: None, timeout_s=None)
    note_of_this_worker(run, "w").begin(1, 5)
    assert looks(watchdog, {1: None}, times=6) == []
    left[0] = 100 << 20
    (verdict,) = looks(watchdog, {1: None}, times=3)
    assert (verdict.kind, verdict.doing.index) == ("memory", 5)
    assert "ran out of memory" in verdict.cause
    # where others have taken it, ending a small worker is of no use
    sizes[os.getpid()] = 50 << 20
    assert looks(watchdog, {1: None}, times=6) == []


def test_the_heartbeat_tells_who_does_what(run: RunDirectory) -> None:
    told = []
    watchdog = Watchdog(
        NoteReader(run.notes), lambda kind, **fields: told.append((kind, fields)), timeout_s=None
    )
    note_of_this_worker(run, "w").begin(1, 5)
    looks(watchdog, {1: None}, times=11)
    assert [kind for kind, _ in told] == ["run.beat"]
    (worker,) = told[0][1]["workers"]
    assert (worker["worker"], worker["partition"]) == ("w", 5)
    assert worker["rss_bytes"] > 1e6
    assert worker["cpu_s"] > 0


def test_a_stuck_process_says_where_it_is(run: RunDirectory) -> None:
    """Also one that keeps the interpreter's lock."""
    code = f"""
        import ctypes
        from pathlib import Path
        from jupyter_agilab.run.layout import RunDirectory
        from jupyter_agilab.run.stuck import answer_where
        answer_where(RunDirectory(Path({str(run.path)!r})))
        def run_task():
            partition()
        def partition():
            print("begun", flush=True)
            ctypes.PyDLL(None).sleep(60)
        run_task()
    """
    # the frame that tells where a partition begins is known by its function and its file
    file = run.path / "jupyter_agilab" / "run" / "work.py"
    file.parent.mkdir(parents=True)
    file.write_text(textwrap.dedent(code))
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, str(file)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(0.1)
        frames = ask_where(run, process.pid)
        process.kill()
    assert [(line, name) for _, line, name in frames] == [(11, "partition")]


def test_nobody_is_asked_who_cannot_answer(run: RunDirectory) -> None:
    """The signal would end a process that does not expect it."""
    with subprocess.Popen(["sleep", "60"]) as process:
        assert ask_where(run, process.pid) == []
        assert process.poll() is None
        process.kill()


def test_of_two_tasks_in_a_process_neither_stack_is_taken() -> None:
    entry = os.sep.join(["x", "jupyter_agilab", "run", "work.py"])
    frames = f'  File "/s/x.py", line 3 in f\n  File "{entry}", line 90 in run_task\n'
    block = f"Thread 0x1 (most recent call first):\n{frames}"
    assert stack_in(block) == [("/s/x.py", 3, "f")]
    assert stack_in(f"{block}\n{block.replace('0x1', '0x2')}") == []
    assert stack_in("") == []


def test_the_pause_doubles_up_to_a_minute() -> None:
    policy = policy_of(ExecutionTable(retries=9, retry_wait_s=2.0, memory="1 GB", on_failure="finish"))
    assert [policy.pause_s(attempt) for attempt in range(1, 8)] == [2, 4, 8, 16, 32, 60, 60]
    assert policy.pause_s(10_000) == 60
    assert (policy.memory_bytes, policy.keep_going) == (10**9, True)


def test_a_partition_is_charged_what_it_took() -> None:
    meter = Meter(shared=False)
    meter.start()
    ballast = bytearray(200_000_000)
    big = meter.read()
    del ballast
    time.sleep(0.03)
    meter.start()
    cpu, wall = time.process_time() + 0.05, time.perf_counter() + 0.05
    # a thread that another test left may use a core as well
    while time.process_time() < cpu or time.perf_counter() < wall:
        pass
    small = meter.read()
    assert big.memory_bytes > 200_000_000
    assert meter.peak_memory_bytes >= big.memory_bytes
    assert small.cpu_s >= 0.05
    assert small.seconds >= 0.05
    if sys.platform == "linux":
        assert small.memory_bytes < big.memory_bytes - 150_000_000
