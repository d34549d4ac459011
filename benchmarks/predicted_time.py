"""Predicted against actual time: ten real stages on two workers, and whether "not worth it" was right.

For each stage: a trial of a small, a median and a large partition, then a plan, whose estimate is set against
a run on two workers and against a plain loop over all partitions in one process. Both are measured in fresh
processes. A run is worth it where it takes less than nine tenths of the loop.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from textwrap import dedent
from typing import TypeVar

import psutil
from interleaved import compile_packages

from jupyter_agilab import api
from jupyter_agilab.contract.load import load_contract
from jupyter_agilab.run.experience import backend_of
from jupyter_agilab.run.fixed_cost import measure_fixed_cost

WORKERS = 2
WORTH_IT = 0.9
QUIET = 0.1
T = TypeVar("T")
FORMAT = "{:30} {:>10} {:>10} {:>6} {:>12} {:>10}  {:14} {}"
CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "work"
function = "stages/work.py:work"
split = "{split}"
input = "{input}"
workers = 2
partition_strategy = "{strategy}"
target_partitions = {target}
min_partitions_per_worker = 2
reducer = "collect-json"
backend = "pool"
output = "work.json"
"""
LOOP = """
import json, sys, time
begun = time.perf_counter()
sys.path.insert(0, "stages")
from work import work
with open("work-of-the-loop.json") as file:
    calls = json.load(file)
results = [work(**call) for call in calls]
with open("loop.json", "w") as file:
    json.dump(results, file)
print(time.perf_counter() - begun)
"""


@dataclass(frozen=True)
class Stage:
    """A stage: its module, and its settings or its files (name to text)."""

    name: str
    module: str
    settings: dict[str, list[object]] | None = None
    files: dict[str, int] | None = None
    strategy: str = "one-file-per-partition"


STAGES = (
    Stage(
        "CPU-bound, even",
        """
        def work(number: int) -> int:
            total = 0
            for value in range(2_000_000):
                total += value * number % 7
            return total
        """,
        {"number": list(range(30))},
    ),
    Stage(
        "waits for others (sleep)",
        """
        import time

        def work(number: int) -> int:
            time.sleep(0.2)
            return number
        """,
        {"number": list(range(24))},
    ),
    Stage(
        "skewed files",
        """
        import hashlib
        from pathlib import Path

        def work(path: str) -> str:
            digest = b""
            for line in Path(path).read_bytes().splitlines():
                for _ in range(12):
                    digest = hashlib.sha256(digest + line).digest()
            return digest.hex()
        """,
        files={f"data/f{number:02}.txt": 7_000 * (1 + number * number // 4) for number in range(16)},
    ),
    Stage(
        "tiny",
        """
        def work(number: int) -> int:
            return number * number
        """,
        {"number": list(range(20_000))},
    ),
    Stage(
        "memory-hungry",
        """
        def work(number: int) -> int:
            values = [str(value) for value in range(1_200_000 + number)]
            return sum(map(len, values))
        """,
        {"number": list(range(26))},
    ),
    Stage(
        "numpy without the lock",
        """
        import numpy

        def work(number: int) -> float:
            values = numpy.random.default_rng(number).random(2_000_000)
            for _ in range(6):
                values = numpy.sort(values[::-1]) * 0.5
            return float(values.sum())
        """,
        {"number": list(range(40))},
    ),
    Stage(
        "pandas over chunks of files",
        """
        from pathlib import Path
        import pandas

        def work(path: Path) -> float:
            frame = pandas.read_csv(path)
            for _ in range(24):
                frame = frame.sort_values(["a", "b"], ascending=False)
            return float(frame["a"].sum())
        """,
        files={f"data/f{number}.csv": 260_000 for number in range(4)},
        strategy="file-chunks",
    ),
    Stage(
        "few and large",
        """
        def work(number: int) -> int:
            total = 0
            for value in range(40_000_000):
                total += value % number
            return total
        """,
        {"number": [3, 5, 7]},
    ),
    Stage(
        "one partition",
        """
        def work(number: int) -> int:
            total = 0
            for value in range(40_000_000):
                total += value % number
            return total
        """,
        {"number": [3]},
    ),
    Stage(
        "small files",
        """
        from pathlib import Path

        def work(path: str) -> int:
            return sum(map(len, Path(path).read_text().split()))
        """,
        files={f"data/f{number:03}.txt": 400 for number in range(300)},
    ),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--only", metavar="WORDS", default="", help="only stages with these words in the name"
    )
    parser.add_argument(
        "--tries", type=int, default=4, help="what other programs disturbed is measured again, so often (4)"
    )
    arguments = parser.parse_args()
    compile_packages("jupyter_agilab")
    print(FORMAT.format("stage", "predicted", "actual", "error", "loop, pred.", "loop", "verdict", "right"))
    rows, errors, right = [], [], 0
    with tempfile.TemporaryDirectory() as root:
        first = True
        for number, stage in enumerate(STAGES):
            if arguments.only not in stage.name:
                continue
            folder = Path(root) / str(number)
            contract = write(stage, folder)
            if first:
                backend = backend_of(load_contract(contract))
                undisturbed(lambda backend=backend: measure_fixed_cost(backend), arguments.tries)
                first = False
            undisturbed(lambda contract=contract: api.trial(contract, sizes=True), arguments.tries)
            made = api.plan(contract).estimate
            assert made is not None
            actual, loop = measured(folder, contract, arguments.tries)
            error = abs(made.seconds - actual) / actual
            is_worth_it = actual < WORTH_IT * loop
            is_right = made.verdict.is_worth_it == is_worth_it
            errors.append(error)
            right += is_right
            rows.append(
                [
                    stage.name,
                    f"{made.seconds:.2f} s",
                    f"{actual:.2f} s",
                    f"{error:.0%}",
                    f"{made.alone_s:.2f} s",
                    f"{loop:.2f} s",
                    made.verdict.code,
                    "yes" if is_right else f"NO ({loop / actual:.2f} x)",
                ]
            )
            print(FORMAT.format(*rows[-1]), flush=True)
    print(
        f"median error {median(errors):.0%}, largest {max(errors):.0%}; {right} of {len(rows)} verdicts right"
    )


def write(stage: Stage, folder: Path) -> Path:
    """Lay the files of a stage; give its contract."""
    (folder / "stages").mkdir(parents=True)
    (folder / "stages/work.py").write_text(dedent(stage.module).lstrip())
    if stage.settings is not None:
        (folder / "settings.json").write_text(json.dumps(stage.settings))
        split, source, strategy = "parameter-sweep", "settings.json", "parameter-items"
        (name,) = stage.settings
        calls = [{name: value} for value in stage.settings[name]]
    else:
        assert stage.files is not None
        (folder / "data").mkdir()
        for name, lines in stage.files.items():
            text = "".join(f"{line},{line * 7919 % 100_003}\n" for line in range(lines))
            (folder / name).write_text(f"a,b\n{text}" if name.endswith("csv") else text)
        split, source, strategy = (
            "files",
            f"data/*.{next(iter(stage.files)).rpartition('.')[2]}",
            stage.strategy,
        )
        calls = [{"path": name} for name in sorted(stage.files)]
    (folder / "work-of-the-loop.json").write_text(json.dumps(calls))
    contract = folder / "work.parallel_stage.toml"
    target = 16 if strategy == "file-chunks" else 0
    contract.write_text(CONTRACT.format(split=split, input=source, strategy=strategy, target=target))
    return contract


def measured(folder: Path, contract: Path, tries: int) -> tuple[float, float]:
    """Give the seconds of a run on two workers and of a plain loop."""

    def loop() -> float:
        command = [sys.executable, "-c", LOOP]
        return float(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout)

    def run() -> float:
        begun = time.perf_counter()
        api.run(contract, api.RunSettings(force=True, overwrite=True))
        return time.perf_counter() - begun

    run_s = undisturbed(run, tries)
    return run_s, undisturbed(loop, tries)


def undisturbed(measure: Callable[[], T], tries: int) -> T:
    """Measure until other programs took less than a tenth of the cores; give the least disturbed."""
    found = []
    for _ in range(tries):
        wait_for_quiet()
        others = OtherPrograms()
        found.append((measure(), others))
        others.stop()
        if others.share < QUIET:
            break
    return min(found, key=lambda each: each[1].share)[0]


def wait_for_quiet(patience: int = 20) -> None:
    """Wait, for 20 seconds at most, until others leave the cores alone."""
    for _ in range(patience):
        if psutil.cpu_percent(0.5) < 100 * QUIET:
            return
        time.sleep(0.5)


class OtherPrograms(threading.Thread):
    """Watches what part of the cores processes take that are not ours."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._done = threading.Event()
        self._begun, self._before = time.perf_counter(), self._used()
        self._ours: dict[int, float] = {}
        self._first: dict[int, float] = {}
        self.share = 0.0
        self.start()

    @staticmethod
    def _used() -> float:
        times = psutil.cpu_times()
        return float(sum(times) - times.idle - times.iowait - getattr(times, "guest", 0.0))

    def run(self) -> None:
        """Look at our processes until the measurement ends: a driver leaves our family only at its end."""
        me = psutil.Process()
        while not self._done.wait(0.05):
            for process in [me, *me.children(recursive=True)]:
                with suppress(psutil.Error):
                    times = process.cpu_times()
                    used = times.user + times.system
                    # this one has used some before
                    first = self._first.setdefault(process.pid, used if process.pid == me.pid else 0.0)
                    self._ours[process.pid] = used - first

    def stop(self) -> None:
        """End, and say what part it was."""
        self._done.set()
        self.join()
        used = self._used() - self._before - sum(self._ours.values())
        self.share = max(0.0, used / (time.perf_counter() - self._begun) / (psutil.cpu_count() or 1))


if __name__ == "__main__":
    main()
