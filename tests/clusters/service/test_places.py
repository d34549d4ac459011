"""Service mode on real hosts, jobs and a gateway: the same workers twice, and nothing left after the stop."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from jupyter_agilab import api

PIDS = "import os\n\ndef work(i):\n    return {'i': i, 'pid': os.getpid()}\n"


def workers_of(stage) -> set[int]:
    api.run(stage.path, api.RunSettings(cluster="place", force=True))
    return {json.loads(line)["pid"] for line in stage.artifact().splitlines()}


def jobs_left(place) -> list[str]:
    told = subprocess.run(["squeue", "-h", "-o", "%i %T"], capture_output=True, text=True, check=True)
    return told.stdout.split("\n")[:-1]


def clusters_left(place) -> list[str]:
    """Give the clusters that the gateway has, asked in a process of its own."""
    code = (
        "import os, sys, dask_gateway as d; d.Gateway.__del__ = lambda self: None;"
        f"g = d.Gateway({place.table.split('address = ')[1].splitlines()[0]},"
        "auth=d.BasicAuth('tester', os.environ['SECRET']));"
        "print(*[c.name for c in g.list_clusters()]); sys.stdout.flush(); os._exit(0)"
    )
    secret = place.own.split('"')[1]
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SECRET": secret},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.split()


def processes_left(place) -> list[str]:
    """Give the schedulers and workers that were started over SSH."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = " ".join(process.info["cmdline"] or [])
        if "distributed.cli" in command and str(place.folder) in command:
            found.append(command)
    return found


LEFT = {"slurm": jobs_left, "gateway": clusters_left, "ssh_hosts": processes_left}


@pytest.fixture(params=LEFT)
def kept(request, stage, monkeypatch):
    """Give a stage at a real place, and what says what is left there."""
    place = request.getfixturevalue(request.param)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    stage.module(PIDS).sweep(12).at(place)
    monkeypatch.chdir(stage.folder)
    before = LEFT[request.param](place)
    stage.left = lambda: [each for each in LEFT[request.param](place) if each not in before]
    return stage


def wait_until_empty(left, patience_s=90):
    deadline = time.monotonic() + patience_s
    while there := left():
        assert time.monotonic() < deadline, there
        time.sleep(0.3)


def test_two_runs_have_the_same_workers_and_a_stop_leaves_nothing(kept, nothing_left):
    started = api.start_cluster("place", lease_s=300)
    assert started.health["status"] in {"starting", "running"}
    deadline = time.monotonic() + 60
    while api.cluster_health("place")["workers_pending_count"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    first = workers_of(kept)
    second = workers_of(kept)
    assert len(first | second) <= api.cluster_health("place")["workers_running_count"]
    assert api.stop_all_clusters() == ["place"]
    wait_until_empty(kept.left)
    nothing_left()


def test_after_kernel_and_driver_are_killed_the_lease_leaves_nothing(
    kept, in_process, wait_for, nothing_left
):
    kept.module(
        "import time, pathlib\n\ndef work(i):\n    pathlib.Path('seen').touch()\n    time.sleep(1)\n"
    ).sweep(500)
    kernel = in_process(
        "from jupyter_agilab import api; api.start_cluster('place', lease_s=3);"
        "api.run('work', api.RunSettings(cluster='place'))",
        kept.folder,
        wait=False,
    )
    wait_for((kept.folder / "seen").exists, 120)
    manifest = next((kept.folder / ".agilab/runs/work").glob("*/manifest.json"))
    os.kill(kernel.pid, signal.SIGKILL)
    os.kill(json.loads(manifest.read_bytes())["pid"], signal.SIGKILL)
    wait_until_empty(kept.left, 120)
    nothing_left(120)
    assert "lease" in api.cluster_status("place").cause
