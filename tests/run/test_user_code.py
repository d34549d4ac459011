"""Functions that do what one would rather not: the run goes on, or says so; it never hangs."""

import os
import signal
import threading
import time
from multiprocessing import forkserver
from pathlib import Path

import psutil
import pytest

from jupyter_agilab import api
from jupyter_agilab.errors import OutputError, UsageError
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.runners.processes import ProcessRunner

RUNNERS = ["local", "processes", "threads"]
MERGE = '[reduce]\nfunction = "stages/work.py:merge"\n'


def on(stage, runner):
    if runner == "local":
        return {"backend": "local"}
    stage.contract(tables=f'[execution]\npool = "{runner}"\n')
    return {"backend": "pool"}


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize(
    "error", ["KeyboardInterrupt()", "GeneratorExit()", "asyncio.CancelledError('late')"]
)
def test_an_exception_that_is_no_exception_fails_its_partition_only(stage, runner, error):
    """It once ended the driver or the worker without a word, and hung a run in threads."""
    stage.module(
        f"import asyncio\ndef work(i):\n    if i == 2:\n        raise {error}\n    return i\n"
    ).sweep(4)
    status = api.submit(stage.path, api.RunSettings(**on(stage, runner))).wait(timeout_s=30)
    assert status.state == "failed"
    assert [failure["index"] for failure in status.failures] == [2]
    assert "raise " in status.failures[0]["traceback"]


@pytest.mark.parametrize("runner", RUNNERS)
def test_bytes_written_to_stdout_fail_their_partition_only(stage, runner):
    """They were once kept until the log was closed, and then killed the worker."""
    stage.module("import sys\ndef work(i):\n    sys.stdout.write(b'x')\n").sweep(2)
    failure = stage.status(**on(stage, runner)).failures[0]
    assert (failure["error_type"], failure["message"]) == (
        "TypeError",
        "write() argument must be str, not bytes",
    )


@pytest.mark.parametrize("runner", ["local", "processes"])
def test_each_partition_of_a_batch_has_its_own_lines_in_the_log(stage, runner):
    """All of a batch's prints once went by the name of its last partition."""
    stage.module("def work(i):\n    print('from', i)\n    return i\n").sweep(20)
    result = stage.run(batch_size=10, **on(stage, runner))
    lines = [(line.index, line.text) for line in api.logs(result.run_dir).lines()]
    assert lines == [(i, f"from {i}") for i in range(20)]


def test_a_thread_that_never_ends_does_not_keep_the_driver(stage):
    stage.module(
        """
        import threading, time
        def work(i):
            threading.Thread(target=time.sleep, args=(60,)).start()
            return i
        """
    ).sweep(2)
    began = time.monotonic()
    stage.run(backend="local")
    assert time.monotonic() - began < 10


def test_a_process_that_a_partition_left_does_not_keep_the_lock(stage):
    """A forked child once held the stage for as long as it lived, though the driver was dead."""
    stage.module(
        """
        import multiprocessing, os, time
        def nap():
            time.sleep(60)
        def work(i):
            child = multiprocessing.get_context("fork").Process(target=nap)
            child.start()
            with open("pid.part", "w") as file:
                file.write(str(child.pid))
            os.rename("pid.part", "pid")
            time.sleep(60)
        """
    ).sweep(1)
    watch = api.submit(stage.path, api.RunSettings(backend="local"))
    while not (stage.folder / "pid").exists():
        time.sleep(0.02)
    watch._driver.kill()
    watch._driver.wait()
    child = int((stage.folder / "pid").read_text())
    try:
        assert stage.module("def work(i):\n    return i\n").run().path.read_text() == "0\n"
        assert psutil.pid_exists(child)
    finally:
        os.kill(child, signal.SIGKILL)


def test_where_every_partition_kills_its_worker_it_is_soon_said(stage):
    """Each of them was once tried before any was found guilty: hours, with many."""
    stage.module("import os\ndef work(i):\n    os._exit(3)\n").sweep(2000)
    watch = api.submit(stage.path, api.RunSettings(backend="pool"))
    status = watch.wait(timeout_s=30)
    assert status.state == "failed"
    assert "exited with code 3" in status.failures[0]["message"]


def test_a_dead_fork_server_leaves_no_worker_behind(stage):
    """Workers only count as ended then, and once ran on beside those that took their place."""
    stage.module("import time\ndef work(i):\n    time.sleep(3600 if i == 0 else 0.1)\n    return i\n").sweep(
        20
    )
    watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
    while watch.refresh().finished < 4:
        time.sleep(0.02)
    driver = psutil.Process(watch._driver.pid)
    (server,) = [child for child in driver.children() if "forkserver" in " ".join(child.cmdline())]
    events = read_events(Path(watch.status.run_dir) / "events.jsonl")
    workers = [psutil.Process(event["pid"]) for event in events if event["type"] == "worker.joined"]
    server.kill()
    assert psutil.wait_procs(workers, timeout=5)[1] == []
    # the two that were under way run last and alone; one of them sleeps on
    while watch.refresh().finished < 18:
        assert not watch.status.ended, watch.status.message
        time.sleep(0.02)
    assert api.stop("work", stage.folder).state == "stopped"


def test_a_fork_server_that_dies_while_it_starts_a_worker_is_replaced(stage_spec):
    """The run once ended, and said that its directory cannot be used."""
    spec = stage_spec({"stages/work.py": "def work(i):\n    return i\n"})
    told = []
    runner = ProcessRunner(1, keep_going=True)
    runner.start(spec, lambda kind, **facts: told.append((kind, facts["worker"])))
    server = forkserver._forkserver._forkserver_pid
    # it answers nothing any more, but is there
    os.kill(server, signal.SIGSTOP)
    killer = threading.Timer(0.5, os.kill, (server, signal.SIGKILL))
    killer.start()
    runner._start_worker()
    killer.join()
    assert told == [("worker.joined", "worker-0"), ("worker.joined", "worker-1")]
    assert forkserver._forkserver._forkserver_pid != server
    runner.stop()


def test_a_huge_message_is_cut(stage):
    stage.module("def work(i):\n    raise ValueError('x' * 100_000_000)\n").sweep(1)
    status = stage.status(backend="pool")
    assert "characters left out" in status.failures[0]["message"]
    assert (Path(status.run_dir) / "events.jsonl").stat().st_size < 1_000_000


def test_failures_are_counted_not_kept(stage):
    """Every failure once stayed in the driver's memory."""
    stage.module("def work(i):\n    raise ValueError('x' * 10_000)\n").sweep(10_000)
    stage.contract(tables='[execution]\non_failure = "finish"\n')
    watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=100))
    peak = 0
    while not watch.refresh().ended:
        if watch._driver.poll() is None:
            peak = max(peak, psutil.Process(watch._driver.pid).memory_info().rss)
        time.sleep(0.02)
    assert watch.wait().failed == 10_000
    assert peak < 120_000_000


@pytest.mark.parametrize("body", ["time.sleep(60)", "for _ in results: time.sleep(0.01)"])
def test_stop_ends_a_merge(stage, body):
    """A run that was merging once could not be stopped."""
    stage.module(f"import time\ndef work(i):\n    return i\ndef merge(results):\n    {body}\n").sweep(5000)
    stage.contract(tables=MERGE, reducer="custom", output="artifacts/work.json")
    watch = api.submit(stage.path)
    while watch.refresh().state != "reducing":
        time.sleep(0.02)
    began = time.monotonic()
    assert api.stop("work", stage.folder).state == "stopped"
    assert time.monotonic() - began < 5
    assert list((stage.folder / "artifacts").iterdir()) == []


def test_a_message_that_has_no_bytes_is_told(stage):
    """Half a surrogate pair, as in a file name that is not UTF-8, once ended the driver without a word."""
    stage.module("def work(i):\n    return i\ndef merge(results):\n    raise ValueError('no \\udcff.csv')\n")
    stage.sweep(2).contract(tables=MERGE, reducer="custom", output="artifacts/work.json")
    status = stage.status()
    assert status.state == "failed"
    assert "\udcff.csv" in status.message
    assert "\udcff.csv" in api.runs(stage.folder)[0].message


def test_a_file_that_changed_after_it_was_cut_is_not_merged(stage):
    """Its pieces once were: with their ends in the middle of records, and half of the records missing."""
    (stage.folder / "data").mkdir()
    table = stage.folder / "data/a.csv"
    table.write_text("i,s\n" + "".join(f"{i},{'x' * 50}\n" for i in range(20_000)))
    stage.module("import time\ndef work(rows):\n    time.sleep(1)\n    return [row['i'] for row in rows]\n")
    stage.contract(partition_strategy="file-chunks", target_partitions=4)
    watch = api.submit(stage.path, api.RunSettings(backend="pool", batch_size=1))
    table.write_text("i,s\n" + "".join(f"{i},{'y' * 100}\n" for i in range(20_000)))
    status = watch.wait()
    assert status.state == "failed"
    assert "data/a.csv has changed since it was cut" in status.failures[0]["message"]
    assert stage.run().path.read_text().split() == [f'"{i}"' for i in range(20_000)]


def test_a_batch_of_nothing_is_refused(stage):
    stage.module("def work(i):\n    return i\n").sweep(2)
    with pytest.raises(UsageError, match="1 partition or more"):
        stage.run(batch_size=0)


def test_a_lock_that_cannot_be_taken_is_one_clear_error(stage):
    stage.module("def work(i):\n    return i\n").sweep(2)
    (stage.folder / ".agilab/runs/work/lock").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"lock .* cannot be taken"):
        stage.run()
