"""The driver of a workflow killed at random moments: the run that follows gives the same bytes.

`pytest tests/workflow/running/test_chaos.py --chaos-rounds 8000` goes on for longer than every test run does.
"""

import random
import shutil
import signal
import time
from collections import Counter

import pytest

# what fails once at random is a mistake of ours
pytestmark = pytest.mark.flaky(reruns=0)

COUNT, FACTORS = 12, (1, 3)
LOG = """
    import time
    def log(stage, what, round):
        # one line for each time that this was really done; O_APPEND makes it one write
        with open(f"ran-{stage}-{round}.log", "a") as file:
            file.write(f"{what}\\n")
"""
A = (
    LOG
    + """
    def a(i, round):
        log("a", i, round)
        time.sleep(0.004 * (i % 4))
        return {"i": i, "square": i * i, "round": round}
"""
)
B = (
    LOG
    + """
    def b(a, factor):
        log("b", f"{a['i']}x{factor}", a["round"])
        time.sleep(0.003 * (a["i"] % 3))
        return [{"i": a["i"], "value": a["square"] * factor, "round": a["round"]}]
"""
)
C = (
    LOG
    + """
    def c(b):
        row = b[0]
        log("c", f"{row['i']}x{row['value']}", row["round"])
        return {"text": "x" * (row["i"] % 5), "value": -row["value"]}
"""
)


def expected(stage: str, number: int) -> bytes:
    """Calculate what a stage's artifact holds, from nothing but what the stages say they do."""
    text = ""
    for i in range(COUNT):
        if stage == "a":
            text += f'{{"i":{i},"square":{i * i},"round":{number}}}\n'
            continue
        for factor in FACTORS:
            value = i * i * factor
            if stage == "b":
                text += f'{{"i":{i},"value":{value},"round":{number}}}\n'
            else:
                text += f'{{"text":"{"x" * (i % 5)}","value":{-value}}}\n'
    return text.encode()


# of the rounds that tests/run/test_chaos.py has
SHARES = {"pool": 0.225, "dask": 0.025}


@pytest.mark.parametrize("backend", SHARES)
def test_whatever_moment_the_driver_is_killed_at(flow, backend, pytestconfig):
    kills_wanted = max(2, round(pytestconfig.getoption("--chaos-rounds") * SHARES[backend]))
    chance = random.Random(f"{backend}-{kills_wanted}")
    settings = {"backend": backend, "workers": 2, "batch_size": 3}
    longest_s, kills, number = 0.0, 0, 0
    states: Counter[str] = Counter()
    while kills < kills_wanted:
        flow.stage("a", A, grid={"i": list(range(COUNT)), "round": number})
        flow.stage("b", B, 'input = "a"', grid={"factor": list(FACTORS)})
        flow.stage("c", C, 'input = "b"')
        lost = 0
        # the first round tells how long a run takes
        for _ in range(chance.choice([1, 2, 3, 4]) if longest_s else 0):
            watch = flow.submit(**settings)
            time.sleep(chance.uniform(0, longest_s))
            watch._driver.send_signal(signal.SIGKILL)
            state = watch.wait(timeout_s=60).state
            states[state] += 1
            lost += state != "finished"
            kills += 1
        begun = time.monotonic()
        status = flow.run(**settings)
        longest_s = longest_s or (time.monotonic() - begun) * 1.1
        assert status.state == "finished", status
        for stage, partitions in {"a": COUNT, "b": COUNT * 2, "c": COUNT * 2}.items():
            assert flow.artifact(stage) == expected(stage, number), f"round {number}"
            ran = flow.ran(f"{stage}-{number}")
            # `c` cannot tell equal values apart, and there is one: 0
            assert len(set(ran)) >= partitions - (stage == "c")
        ran = [line for stage in "abc" for line in flow.ran(f"{stage}-{number}")]
        # on dask each worker has a second task waiting, which is lost with it
        in_hand = 2 * 3 * (1 if backend == "pool" else 2)
        assert len(ran) <= COUNT * 5 + lost * in_hand, (number, lost, Counter(ran).most_common(5))
        shutil.rmtree(flow.folder / ".agilab")
        shutil.rmtree(flow.folder / "artifacts")
        number += 1
    # what was killed did matter: most drivers died in the middle of something
    if kills > 20:
        assert states["interrupted"] > kills // 3
