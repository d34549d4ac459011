"""A driver may be killed at any moment: the next run goes on where the indexes end, to the same bytes."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from jupyter_agilab import api
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.watch import RunWatch

# what fails once at random is a mistake of ours
pytestmark = pytest.mark.flaky(reruns=0)

COUNT = 120
WORK = """
    import os, time
    def work(i):
        # one line for each time that this partition was really run; O_APPEND makes it one write
        with open("ran.log", "a") as log:
            log.write(f"{i}\\n")
        time.sleep(0.02)
        return {"i": i, "text": "x" * (i % 7), "square": i * i}
"""


def expected() -> bytes:
    return b"".join(b'{"i":%d,"text":"%s","square":%d}\n' % (i, b"x" * (i % 7), i * i) for i in range(COUNT))


def joined(watch: RunWatch) -> list[int]:
    """Give the process ids of all workers that ever joined."""
    events = read_events(Path(watch.status.run_dir) / "events.jsonl")
    return [event["pid"] for event in events if event["type"] == "worker.joined"]


def kill_driver(watch: RunWatch) -> list[psutil.Process]:
    driver: subprocess.Popen = watch._driver
    try:
        family = psutil.Process(driver.pid).children(recursive=True)
    except psutil.Error:
        family = []
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    return family


@pytest.mark.parametrize(
    ("runner", "kills", "longest_s"),
    [({"backend": "pool", "workers": 2}, 20, 1.2), ({"backend": "dask", "workers": 2}, 6, 4.0)],
    ids=["pool", "dask"],
)
def test_killed_at_random_moments(stage, runner, kills, longest_s):
    stage.module(WORK).sweep(COUNT)
    random_moment = random.Random(20131)
    left_over: list[psutil.Process] = []
    for _ in range(kills):
        watch = api.submit(stage.path, api.RunSettings(batch_size=1, **runner))
        time.sleep(random_moment.uniform(0, longest_s))
        left_over += kill_driver(watch)
        assert watch.refresh().state in {"interrupted", "finished"}
    assert psutil.wait_procs(left_over, timeout=20)[1] == []
    result = stage.run(**runner)
    assert result.path.read_bytes() == expected()
    ran = list(map(int, (stage.folder / "ran.log").read_text().split()))
    assert set(ran) == set(range(COUNT))
    # a killed run can lose what its workers had in hand: two tasks of one partition each, four on dask
    in_hand = 2 if runner["backend"] == "pool" else 4
    assert len(ran) - COUNT <= kills * in_hand


def test_killed_while_reducing_leaves_the_old_artifact_or_the_new_one(stage):
    stage.module("def work(i):\n    return 'x' * 200_000\n").sweep(300)
    first = stage.run(backend="pool").path.read_bytes()
    for moment in range(12):
        watch = api.submit(stage.path)
        time.sleep(0.1 + 0.04 * moment)
        kill_driver(watch)
        assert (stage.folder / "artifacts/work.jsonl").read_bytes() == first
    assert stage.run().path.read_bytes() == first
    assert os.listdir(stage.folder / "artifacts") == ["work.jsonl"]


def test_a_killed_worker_costs_only_its_batch(stage):
    stage.module(WORK).sweep(COUNT)
    watch = api.submit(stage.path, api.RunSettings(backend="pool", workers=2, batch_size=1))
    killed = 0
    while not watch.refresh().ended:
        done = watch.status.finished
        if killed < 3 and done > 20 * (killed + 1):
            os.kill(joined(watch)[-1], signal.SIGKILL)
            killed += 1
        time.sleep(0.01)
    assert killed == 3
    assert watch.status.state == "finished"
    assert Path(watch.status.artifact).read_bytes() == expected()
    ran = (stage.folder / "ran.log").read_text().split()
    assert COUNT <= len(ran) <= COUNT + 3
