"""What partitions print lands in their own logs, whole and in order, on every runner."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_agilab import api
from jupyter_agilab.run.logs import RunLogs
from jupyter_agilab.run.watch import RunStatus

THREADS = '[execution]\npool = "threads"\n'
RUNNERS = ("local", "processes", "threads", "dask")
PROCESSES = ("local", "processes", "dask")


@pytest.fixture
def run_on(stage):
    """Give ``run_on(runner, **settings)``: the last status of a run on that runner."""

    def run(runner: str, **settings: object) -> RunStatus:
        if runner == "threads":
            stage.contract(stage.tables or THREADS, backend="pool")
        backend = {"local": "local", "dask": "dask"}.get(runner, "pool")
        return stage.status(backend=backend, **settings)

    return run


def logs_of(status: RunStatus) -> RunLogs:
    return api.logs(status.run_dir)


def texts(status: RunStatus, stream: str) -> dict[int, str]:
    """Join what each partition printed, over its attempts."""
    found: dict[int, str] = {}
    for log in logs_of(status).partitions():
        found[log.index] = found.get(log.index, "") + log.text(stream)
    return found


EVERYTHING = """
    import logging, subprocess, sys, threading, warnings
    from concurrent.futures import ThreadPoolExecutor

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    shared_pool = ThreadPoolExecutor(2)

    def work(i):
        print("printed", i)
        print("error", i, file=sys.stderr)
        warnings.warn(f"careful", stacklevel=1)
        logging.info("info %d", i)
        logging.getLogger("of.mine").warning("warning %d", i)
        thread = threading.Thread(target=print, args=("thread", i))
        thread.start()
        thread.join()
        with ThreadPoolExecutor(2) as pool:
            pool.submit(print, "pool", i).result()
        shared_pool.submit(print, "shared pool", i).result()
        sys.stdout.buffer.write(b"bytes %d\\n" % i)
        sys.stdout.writelines(["lines ", f"{i}\\n"])
        print("no end", i, end="")
        return i
"""


@pytest.mark.parametrize("runner", RUNNERS)
def test_every_python_way_of_printing_is_in_the_partitions_log_in_order(stage, run_on, runner):
    stage.module(EVERYTHING).sweep(6)
    status = run_on(runner, batch_size=2)
    assert status.state == "finished"
    words = ("printed", "thread", "pool", "shared pool", "bytes", "lines", "no end")
    assert texts(status, "stdout") == {i: "".join(f"{word} {i}\n" for word in words) for i in range(6)}
    for i, text in texts(status, "stderr").items():
        place, code, *rest = text.splitlines()[1:]
        assert text.startswith(f"error {i}\n")
        assert place == "stages/work.py:11: UserWarning: careful"
        assert code.strip().startswith("warnings.warn(")
        assert rest == [f"INFO info {i}", f"WARNING warning {i}"]
    told_elsewhere = (Path(status.run_dir) / "driver.log").read_text()
    assert not any(word in told_elsewhere for word in (*words, "careful", "INFO"))


@pytest.mark.parametrize("runner", PROCESSES)
def test_what_other_programs_and_c_code_print_is_there_too_between_the_lines_around_it(stage, run_on, runner):
    stage.module("""
        import ctypes, os, subprocess, sys
        def work(i):
            print("before", i)
            os.write(1, b"written %d\\n" % i)
            subprocess.run(["echo", "echoed", str(i)])
            ctypes.CDLL(None).puts(b"put %d" % i)
            subprocess.run([sys.executable, "-c", "import sys; print('child'); sys.stderr.write('oh')"])
            print("after", i)
            return i
    """).sweep(3)
    status = run_on(runner, batch_size=3)
    names = ("before {}", "written {}", "echoed {}", "put {}", "child", "after {}")
    expected = {i: "".join(f"{name.format(i)}\n" for name in names) for i in range(3)}
    assert texts(status, "stdout") == expected
    assert texts(status, "stderr") == dict.fromkeys(range(3), "oh\n")


def test_where_partitions_are_threads_the_descriptors_go_to_the_drivers_log(stage, run_on):
    stage.module("import os\ndef work(i):\n    print(i)\n    os.write(1, b'raw %d\\n' % i)\n    return i\n")
    stage.sweep(4)
    status = run_on("threads")
    assert texts(status, "stdout") == {i: f"{i}\n" for i in range(4)}
    told = (Path(status.run_dir) / "driver.log").read_text().splitlines()
    assert sorted(told) == [f"raw {i}" for i in range(4)]


MEGABYTE = """
    import sys, time, warnings
    def work(i):
        for line in range(10_000):
            print(f"{i:2} out {line:6} " + "x" * 86)
            if line % 100 == 0:
                time.sleep(0.001)
            print(f"{i:2} err {line:6} " + "y" * 86, file=sys.stderr)
        for number in range(2_000):
            warnings.warn(f"{number:6} " + "w" * 400)
        return i
"""


@pytest.mark.parametrize("runner", ["processes", "threads"])
def test_eight_partitions_with_a_megabyte_each_at_the_same_time(stage, run_on, runner):
    stage.module(MEGABYTE).sweep(8).contract(workers=8)
    status = run_on(runner, batch_size=1)
    assert status.state == "finished"
    out = texts(status, "stdout")
    err = texts(status, "stderr")
    assert sorted(out) == sorted(err) == list(range(8))
    for i in range(8):
        assert out[i] == "".join(f"{i:2} out {line:6} {'x' * 86}\n" for line in range(10_000))
        printed = [line for line in err[i].splitlines() if line.startswith(f"{i:2} err")]
        assert printed == [f"{i:2} err {line:6} {'y' * 86}" for line in range(10_000)]
        warned = [line for line in err[i].splitlines() if "UserWarning" in line]
        assert warned == [
            f"stages/work.py:10: UserWarning: {number:6} {'w' * 400}" for number in range(2_000)
        ]
        assert len(err[i].splitlines()) == 10_000 + 2 * 2_000


@pytest.mark.parametrize("runner", RUNNERS)
def test_each_partition_is_warned_once_at_each_place_however_the_filters_are(stage, run_on, runner):
    stage.module("""
        import time, warnings
        def work(i):
            for _ in range(3):
                warnings.warn("again")
                warnings.warn("old", FutureWarning)
                time.sleep(0.01)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                warnings.warn("quiet")
                warnings.warn("quiet")
            return len(caught)
    """).sweep(6).contract(workers=3)
    status = run_on(runner, batch_size=1)
    expected = ["UserWarning: again", "FutureWarning: old"]
    for text in texts(status, "stderr").values():
        shown = [line.partition(": ")[2] for line in text.splitlines() if "Warning: " in line]
        assert shown == expected
    if runner != "threads":
        # catch_warnings itself is not made for threads
        assert list(api.result_of_status(status).records()) == [2] * 6


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_thread_that_outlives_its_partition_prints_for_it(stage, run_on, runner):
    stage.module("""
        import threading, time
        def work(i):
            if i == 0:
                threading.Thread(target=late, daemon=True).start()
            else:
                time.sleep(0.4)
                print("later", i)
            return i

        def late():
            time.sleep(0.2)
            print("late from 0")
    """).sweep(2).contract(workers=1)
    status = run_on(runner, batch_size=2)
    assert texts(status, "stdout") == {0: "late from 0\n", 1: "later 1\n"}


def test_a_thread_that_the_module_starts_prints_for_the_partition_that_is_at_work(stage, run_on):
    stage.module("""
        import queue, threading
        lines, done = queue.Queue(), queue.Queue()

        def serve():
            while True:
                print(lines.get())
                done.put(None)

        threading.Thread(target=serve, daemon=True).start()

        def work(i):
            lines.put(f"served {i}")
            done.get()
            return i
    """).sweep(4).contract(workers=1)
    status = run_on("processes", batch_size=4)
    assert texts(status, "stdout") == {i: f"served {i}\n" for i in range(4)}


def test_forked_children_print_for_their_partition_and_nothing_twice(stage, run_on):
    stage.module("""
        import multiprocessing, os
        def work(i):
            print("first", i)
            print("unfinished", i, end=" ")
            for _ in range(2):
                child = multiprocessing.get_context("fork").Process(target=say, args=(i,))
                child.start()
                child.join()
            pid = os.fork()
            if pid == 0:
                print("forked", i, flush=True)
                os._exit(0)
            os.waitpid(pid, 0)
            print("last", i)
            return i

        def say(i):
            print("child", i, flush=True)
    """).sweep(3)
    for runner in ("processes", "threads"):
        stage.contract(THREADS if runner == "threads" else "[execution]\nseed = 1\n", backend="pool")
        status = run_on(runner)
        assert texts(status, "stdout") == {
            i: f"first {i}\nunfinished {i} child {i}\nchild {i}\nforked {i}\nlast {i}\n" for i in range(3)
        }


def test_a_partition_cannot_take_stdout_away_from_the_next(stage, run_on):
    stage.module("""
        import io, sys
        def work(i):
            print("here", i)
            sys.stdout.close()
            sys.stdout = io.StringIO()
            sys.stderr = None
            print("nowhere", i)
            return i
    """).sweep(3)
    status = run_on("processes", batch_size=3)
    assert texts(status, "stdout") == {i: f"here {i}\n" for i in range(3)}


@pytest.mark.parametrize("runner", PROCESSES)
def test_what_was_printed_before_the_worker_died_is_found(stage, run_on, runner):
    stage.module("""
        import os, signal, sys
        def work(i):
            print("begin", i)
            os.write(2, b"raw %d\\n" % i)
            if i == 3:
                print("the last words")
                os.kill(os.getpid(), signal.SIGKILL)
            print("end", i)
            return i
    """).sweep(6)
    stage.contract('[execution]\non_failure = "finish"\n', workers=2)
    status = run_on(runner, batch_size=2 if runner == "dask" else 6)
    assert {failure["index"] for failure in status.failures} == {3}
    logs = logs_of(status)
    for log in logs.partitions([3]):
        assert (log.text("stdout"), log.text("stderr")) == ("begin 3\nthe last words\n", "raw 3\n")
        assert not log.is_complete
    for index in (0, 1, 2, 4, 5):
        for log in logs.partitions([index]):
            assert log.text("stdout") == f"begin {index}\nend {index}\n"
            assert log.is_complete
    assert all(log.index is not None for log in logs.partitions())
    assert {line.index for line in logs.lines(failed=True)} == {3}


def test_a_crash_says_in_the_log_where_it_happened(stage, run_on):
    stage.module("import ctypes\ndef work(i):\n    ctypes.string_at(0)\n").sweep(1)
    status = run_on("processes")
    text = texts(status, "stderr")[0]
    assert "Fatal Python error: Segmentation fault" in text
    assert "stages/work.py" in text


def test_attempts_are_kept_apart(stage, run_on, tmp_path):
    stage.module(f"""
        import pathlib
        def work(i):
            tries = pathlib.Path({str(tmp_path)!r}, f"tries-{{i}}")
            tried = int(tries.read_text()) if tries.exists() else 0
            tries.write_text(str(tried + 1))
            print("try", tried, "of", i)
            if tried < i:
                raise ValueError(i)
            return i
    """).sweep(3)
    stage.contract("[execution]\nretries = 2\n")
    status = run_on("processes")
    assert status.state == "finished"
    for index in range(3):
        logs = logs_of(status).partitions([index])
        assert [log.attempt for log in logs] == list(range(1, index + 2))
        assert [log.text() for log in logs] == [f"try {tried} of {index}\n" for tried in range(index + 1)]


def test_odd_text_is_kept(stage, run_on):
    stage.module(r"""
        import sys
        def work(i):
            print("grün 漢字 \x1b[31mred\x1b[0m \udc80 nul \x00")
            sys.stdout.buffer.write(b"not utf-8: \xff\n")
            print("a\rb\rc")
            return i
    """).sweep(1)
    text = texts(run_on("processes"), "stdout")[0]
    assert text == "grün 漢字 \x1b[31mred\x1b[0m \\udc80 nul \x00\nnot utf-8: \\xff\na\rb\rc\n"


@pytest.mark.parametrize("runner", ["processes", "threads"])
def test_a_gigabyte_of_print_does_not_fill_the_memory(stage, run_on, runner):
    stage.module("""
        def work(i):
            line = "z" * 1_000_000
            for _ in range(300):
                print(line)
            return i
    """).sweep(1)
    status = run_on(runner)
    (log,) = logs_of(status).partitions()
    assert log.size_bytes == 300 * 1_000_001
    peak = max(worker.peak_memory_bytes for worker in status.workers.values())
    assert peak < 200_000_000
    assert sum(len(line.text) for line in log.lines()) == 300_000_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.slow
def test_a_dask_worker_with_several_threads_keeps_its_partitions_apart(stage, tmp_path):
    from distributed import Client

    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ends = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env, "cwd": tmp_path}
    scheduler = [
        *(sys.executable, "-m", "distributed.cli.dask_scheduler"),
        *("--host", "127.0.0.1", "--port", str(port), "--no-dashboard"),
    ]
    worker = [
        *(sys.executable, "-m", "distributed.cli.dask_worker", address),
        *("--nthreads", "4", "--nworkers", "1", "--no-dashboard", "--no-nanny"),
    ]
    started = [subprocess.Popen(scheduler, **ends), subprocess.Popen(worker, **ends)]
    try:
        with Client(address, timeout=60) as client:
            client.wait_for_workers(1, timeout=60)
        stage.module(MEGABYTE).sweep(8).contract(backend="dask")
        status = stage.status(scheduler=address, batch_size=1)
        assert status.state == "finished"
        out = texts(status, "stdout")
        for i in range(8):
            assert out[i] == "".join(f"{i:2} out {line:6} {'x' * 86}\n" for line in range(10_000))
        for text in texts(status, "stderr").values():
            assert sum("UserWarning" in line for line in text.splitlines()) == 2_000
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_a_partition_that_prints_nothing_pays_less_than_some_microseconds(tmp_path):
    from jupyter_agilab.run.output import worker_log

    for alone in (True, False):
        log = worker_log(tmp_path / "logs", "w", alone=alone)
        with log.taking(1, 1):
            begun = time.perf_counter()
            for index in range(20_000):
                log.start(index, "0123456789abcdef")
            each = (time.perf_counter() - begun) / 20_000
        log.check()
        # 1.5 microseconds where nothing else runs
        assert each < 10e-6


def test_the_index_is_what_the_reference_says(stage, run_on):
    stage.module("def work(i):\n    print(i)\n    return i\n").sweep(1)
    status = run_on("processes")
    (path,) = (Path(status.run_dir) / "logs").glob("*.jsonl")
    line = json.loads(path.read_text())
    assert list(line) == ["index", "partition", "task", "attempt", "t", "spans"]
    assert (line["index"], line["attempt"], line["spans"]) == (0, 1, [1, 0, 2])
    assert path.with_suffix(".stdout").read_text() == "0\n"
