"""A Dask cluster that was there before the run, and serves one run after the other."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import jupyter_agilab


@pytest.fixture
def cluster(tmp_path):
    """Give a function that starts a scheduler and one worker, which sees the given folder first."""
    started: list[subprocess.Popen] = []

    def start(path: Path) -> str:
        env = {**os.environ, "PYTHONPATH": str(path)}
        command = [
            sys.executable,
            "-m",
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
        ]
        scheduler = subprocess.Popen(
            [*command, "--no-dashboard"], env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        started.append(scheduler)
        addresses = (re.search(r"Scheduler at:\s+(tcp://\S+)", line) for line in scheduler.stderr)
        address = next(found[1] for found in addresses if found)
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
        started.append(
            subprocess.Popen([*worker, "--no-dashboard"], env=env, cwd=tmp_path, stderr=subprocess.DEVNULL)
        )
        return address

    yield start
    for process in reversed(started):
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        for member in family:
            member.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def test_runs_that_take_turns_find_their_own_code_and_files(stage, cluster):
    """A run with code as it was before last once imported the helper of the last run."""
    scheduler = cluster(Path(jupyter_agilab.__file__).parents[1])
    text = "def work(i):\n    import late\n    return late.VALUE\n"
    for turn, value in enumerate([1, 2, 1]):
        (stage.folder / "stages/late.py").write_text(f"VALUE = {value}\n")
        stage.module(text).sweep(4 + turn)
        assert set(stage.run(backend="dask", scheduler=scheduler).records()) == {value}
    stage.module("def work(i):\n    raise ValueError(i)\n")
    for _ in range(2):
        failure = stage.status(backend="dask", scheduler=scheduler).failures[0]
        # also where the worker has loaded the same text for an earlier run
        assert 'File "stages/work.py", line 2' in failure["traceback"]
        assert failure["module_lines"] == [2]


def test_workers_that_cannot_run_tasks_are_told_at_once(stage, cluster, tmp_path):
    """Each partition was once tried three times on workers that do not have this package."""
    (tmp_path / "other/jupyter_agilab").mkdir(parents=True)
    (tmp_path / "other/jupyter_agilab/__init__.py").write_text("")
    stage.module("def work(i):\n    return i\n").sweep(300)
    status = stage.status(backend="dask", scheduler=cluster(tmp_path / "other"))
    assert status.state == "failed"
    assert "a Dask worker cannot work" in status.message
    assert status.failed == 0
