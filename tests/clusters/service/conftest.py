"""Clusters that stay: each test has a runtime directory of its own, and leaves nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from jupyter_agilab import api

COMPONENTS = ("dask_gateway_server", "dask-gateway-proxy", "slurm", "munged", "sshd", "distributed.cli")
ROOT = Path(api.__file__).parents[1]


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    """Keep services in a folder of the test; end them, and whatever they started, when it is over."""
    folder = tmp_path / "runtime"
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter-config"))
    yield folder
    api.stop_all_clusters()
    deadline = time.monotonic() + 60
    while left := left_of(tmp_path):
        # a driver that was killed is being cleared away by its guardian
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def left_of(folder: Path) -> list[psutil.Process]:
    """Give the keepers, and workers that they started, of services in a folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            ours = process.environ().get("JUPYTER_RUNTIME_DIR") == str(folder / "runtime")
            # a component that a test was the first to need
            is_component = any(name in " ".join(process.cmdline()) for name in COMPONENTS)
            is_there = process.status() != psutil.STATUS_ZOMBIE
            if ours and not is_component and is_there and process.pid != os.getpid():
                found.append(process)
    return found


@pytest.fixture
def nothing_left(tmp_path):
    """Give a function that waits until no process of the test's services is left."""

    def wait(timeout_s: float = 60) -> None:
        deadline = time.monotonic() + timeout_s
        while left := left_of(tmp_path):
            assert time.monotonic() < deadline, left
            time.sleep(0.1)

    return wait


@pytest.fixture
def wait_for():
    """Give ``wait_for(condition)``: wait until it holds."""

    def wait(condition, timeout_s=60):
        deadline = time.monotonic() + timeout_s
        while not (found := condition()):
            assert time.monotonic() < deadline, condition
            time.sleep(0.1)
        return found

    return wait


@pytest.fixture
def in_process():
    """Give ``in_process(code, folder)``: run Python code in a process of its own, as another kernel would."""
    started = []

    def run(code: str, folder: Path, *, wait: bool = True) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        if wait:
            out, _ = process.communicate(timeout=120)
            assert process.returncode == 0, out
            process.told = out
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
