"""Drivers and workers killed at random moments, many times over: the run that follows gives the same bytes.

`pytest tests/run/test_chaos.py --chaos-rounds 5000` goes on for longer than the rounds of every test run.
"""

import os
import random
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from jupyter_agilab import api
from jupyter_agilab.run.watch import RunWatch

# what fails once at random is a mistake of ours
pytestmark = pytest.mark.flaky(reruns=0)

COUNT = 40
WORK = """
    import os, time
    def work(i, round):
        # one line for each time that this partition was really run; O_APPEND makes it one write
        with open(f"ran-{round}.log", "a") as log:
            log.write(f"{i}\\n")
        time.sleep(0.004 * (i % 5))
        return {"i": i, "text": "x" * (i % 7), "square": i * i, "round": round}
"""
SHARES = {"pool": 0.85, "dask": 0.15}


def expected(number: int) -> bytes:
    return b"".join(
        b'{"i":%d,"text":"%s","square":%d,"round":%d}\n' % (i, b"x" * (i % 7), i * i, number)
        for i in range(COUNT)
    )


def workers_of(watch: RunWatch) -> list[int]:
    """Give the worker processes and their fork server: what the driver started, but its guardian."""
    try:
        family = psutil.Process(watch._driver.pid).children(recursive=True)
        return [
            each.pid
            for each in family
            if not any(word in " ".join(each.cmdline()) for word in ("agilab-guardian", "resource_tracker"))
        ]
    except psutil.Error:
        return []


def disturb(watch: RunWatch, chance: random.Random, longest_s: float) -> int:
    """Kill the driver, or some of its processes, at a random moment; say how many lost their tasks."""
    time.sleep(chance.uniform(0, longest_s))
    if chance.random() < 0.5:
        watch._driver.send_signal(signal.SIGKILL)
        return 2
    victims = workers_of(watch)
    victims = chance.sample(victims, min(len(victims), chance.choice([1, 1, 2])))
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    # the fork server takes both workers with it, and it may go just after another one did
    return 2 * len(victims)


@pytest.mark.parametrize("backend", SHARES)
def test_whatever_is_killed_nothing_is_lost_or_doubled(stage, backend, pytestconfig):
    rounds = max(1, round(pytestconfig.getoption("--chaos-rounds") * SHARES[backend]))
    chance = random.Random(f"{backend}-{rounds}")
    # batches of three: the work in flight is known, and partitions have neighbours that are not to blame
    settings = api.RunSettings(backend=backend, workers=2, batch_size=3)
    stage.module(WORK)
    longest_s = 0.0
    states: Counter[str] = Counter()
    for number in range(rounds):
        stage.sweep(COUNT, round=number)
        lost, watch = 0, api.submit(stage.path, settings)
        if longest_s:
            for _ in range(chance.choice([1, 1, 1, 2, 3])):
                if watch.refresh().ended:
                    watch = api.submit(stage.path, settings)
                lost += disturb(watch, chance, longest_s)
            states[watch.wait(timeout_s=60).state] += 1
            if watch.status.state != "finished":
                watch = api.submit(stage.path, settings)
        begun = time.monotonic()
        status = watch.wait(timeout_s=60)
        longest_s = longest_s or (time.monotonic() - begun) * 1.1
        assert status.state == "finished", status
        assert Path(status.artifact).read_bytes() == expected(number), f"round {number}"
        ran = (stage.folder / f"ran-{number}.log").read_text().split()
        assert sorted(map(int, set(ran))) == list(range(COUNT))
        # on dask each worker has a second task waiting, which is lost with it
        in_hand = 3 if backend == "pool" else 6
        assert len(ran) <= COUNT + lost * in_hand, (number, lost, Counter(ran).most_common(5))
        shutil.rmtree(stage.folder / ".agilab")
        shutil.rmtree(stage.folder / "artifacts")
    # what was killed did matter: some drivers died in the middle, and some runs got over the loss of workers
    if rounds > 20:
        assert states["interrupted"] > rounds // 10
        assert states["finished"] > rounds // 10
