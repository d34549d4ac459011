"""After Stop, and after a driver that was killed, no process of a run is left."""

import os
import signal
import time

import psutil
import pytest

from jupyter_agilab import api
from jupyter_agilab.run.manifest import read_manifest

PLACES = {
    "local": {"backend": "local"},
    "processes": {"backend": "pool"},
    "threads": {"backend": "pool"},
    "dask": {"backend": "dask"},
}
BOUND_S = 2.0

STUCK = {
    "asleep": "time.sleep(100)",
    "computing": "while True: pass",
    # foreign code that keeps the interpreter's lock
    "in-foreign-code": "ctypes.PyDLL(None).sleep(100)",
}


def members(driver: int) -> list[psutil.Process]:
    """Find all live processes of a driver's session, itself included."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == driver and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (OSError, psutil.Error):
            continue
    return found


def seconds_until_gone(driver: int) -> float:
    begun = time.monotonic()
    while (left := members(driver)) and time.monotonic() - begun < 10:
        time.sleep(0.02)
    assert not left, [process.cmdline() for process in left]
    return time.monotonic() - begun


def start(stage, place, how, count=4):
    """Start a run whose partitions each begin a process of their own and then hang; wait until they do."""
    stage.module(f"""
        import ctypes, subprocess, time
        from pathlib import Path
        def work(i):
            if i == 0:
                return 0
            subprocess.Popen(["sleep", "100"])
            Path(f"begun-{{i}}").touch()
            {STUCK[how]}
    """).sweep(count)
    stage.contract('[execution]\npool = "threads"\n' if place == "threads" else "[execution]\nretries = 0\n")
    watch = api.submit(stage.path, api.RunSettings(batch_size=1, **PLACES[place]))
    deadline = time.monotonic() + 60
    # a thread that keeps the lock keeps its process from telling what it has finished
    silent = place in {"threads", "dask"} and how == "in-foreign-code"
    while not list(stage.folder.glob("begun-*")) or not (silent or watch.refresh().finished):
        assert time.monotonic() < deadline, watch.status
        time.sleep(0.05)
    driver = read_manifest(watch._run)["pid"]
    assert len(members(driver)) >= 2
    return watch, driver


@pytest.mark.parametrize("how", STUCK)
@pytest.mark.parametrize("place", PLACES)
def test_stop_ends_every_process_at_once_and_keeps_what_is_finished(stage, place, how):
    watch, driver = start(stage, place, how)
    begun = time.monotonic()
    status = api.stop(watch.status.run_dir)
    seconds_until_gone(driver)
    assert time.monotonic() - begun < BOUND_S + 0.5
    assert status.state == "stopped"
    stage.module("def work(i):\n    return i\n")
    assert [run.state for run in api.runs(stage.folder)] == ["stopped"]
    if how != "in-foreign-code":
        assert len(list(watch._run.segments.glob("*.index.json"))) == 1


@pytest.mark.parametrize("how", ["asleep", "in-foreign-code"])
@pytest.mark.parametrize("place", PLACES)
def test_a_killed_driver_leaves_nothing_behind(stage, place, how):
    watch, driver = start(stage, place, how)
    os.kill(driver, signal.SIGKILL)
    assert seconds_until_gone(driver) < BOUND_S
    assert watch.wait(timeout_s=10).state == "interrupted"


def test_a_run_that_ends_by_itself_ends_what_its_partitions_left(stage):
    stage.module("""
        import subprocess
        def work(i):
            subprocess.Popen(["sleep", "100"])
            return i
    """).sweep(3)
    watch = api.submit(stage.path, api.RunSettings(backend="pool"))
    assert watch.wait(timeout_s=60).state == "finished"
    assert seconds_until_gone(read_manifest(watch._run)["pid"]) < BOUND_S


def test_stop_while_the_cluster_starts(stage):
    stage.module("def work(i):\n    return i\n").sweep(3)
    watch = api.submit(stage.path, api.RunSettings(backend="dask"))
    while watch.refresh().state == "submitted" and read_manifest(watch._run).get("pid") is None:
        time.sleep(0.01)
    driver = read_manifest(watch._run)["pid"]
    begun = time.monotonic()
    status = api.stop(watch.status.run_dir)
    seconds_until_gone(driver)
    assert time.monotonic() - begun < BOUND_S + 0.5
    assert status.state in {"stopped", "finished"}


def test_a_reducer_that_computes_for_long_is_stopped(stage):
    stage.module("""
        import time
        from pathlib import Path
        def work(i):
            return i
        def merge(results):
            for result in results:
                Path("merging").touch()
                try:
                    time.sleep(100)
                except BaseException:
                    time.sleep(100)
    """).sweep(3)
    stage.contract('[reduce]\nfunction = "stages/work.py:merge"\n', reducer="custom")
    watch = api.submit(stage.path)
    while not (stage.folder / "merging").exists():
        assert not watch.refresh().ended, watch.status
        time.sleep(0.05)
    begun = time.monotonic()
    assert api.stop(watch.status.run_dir).state == "stopped"
    seconds_until_gone(read_manifest(watch._run)["pid"])
    assert time.monotonic() - begun < BOUND_S + 0.5
