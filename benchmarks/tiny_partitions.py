"""What one tiny partition costs: thousands of settings for a function that does next to nothing.

Ours is the whole run: plan, driver process, two workers, segments on disk, the artifact as JSON. It is set
against

- joblib as it comes, ``Parallel(n_jobs=2)(delayed(f)(i) for i in ...)``, which keeps its results in memory;
- ``client.map`` of the same function and ``gather``, on a local cluster with two workers.

The last part runs ten times as many through the pool, and counts files and the driver's memory.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from interleaved import compile_packages, in_turns, table

from jupyter_agilab import api
from jupyter_agilab.run.events import read_events
from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import read_manifest

WORKERS = 2
FUNCTION = '''"""A function that does next to nothing."""


def square(i: int) -> dict[str, int]:
    """Give a number and its square."""
    return {"i": i, "y": i * i}
'''
CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "square"
function = "stages/square.py:square"
split = "parameter-sweep"
input = "settings.json"
workers = {workers}
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "collect-json"
backend = "{backend}"
output = "square.json"
"""
JOBLIB = """
import json, sys
sys.path.insert(0, "stages")
from joblib import Parallel, delayed
from square import square
results = Parallel(n_jobs={workers})(delayed(square)(i) for i in range({count}))
with open("joblib.json", "w") as file:
    json.dump(results, file)
"""
CLIENT_MAP = """
import json, sys, time
sys.path.insert(0, "stages")
from distributed import Client, LocalCluster
from square import square
if __name__ == "__main__":
    with LocalCluster(n_workers={workers}, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        with Client(cluster) as client:
            begun = time.perf_counter()
            results = client.gather(client.map(square, range({count})))
            print(time.perf_counter() - begun)
    with open("client_map.json", "w") as file:
        json.dump(results, file)
"""


class Stage:
    """A folder with a sweep of `count` settings, and the ways of doing it."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder, count
        (folder / "stages").mkdir(parents=True)
        (folder / "stages" / "square.py").write_text(FUNCTION)
        (folder / "settings.json").write_text(json.dumps({"i": list(range(count))}))
        self.expected = [{"i": i, "y": i * i} for i in range(count)]

    def contract(self, backend: str) -> Path:
        """Write the contract, forget what was done, so that all is done again."""
        shutil.rmtree(self.folder / ".agilab", ignore_errors=True)
        (self.folder / "square.json").unlink(missing_ok=True)
        path = self.folder / "square.parallel_stage.toml"
        path.write_text(CONTRACT.format(workers=WORKERS, backend=backend))
        return path

    def ours(self, backend: str) -> float:
        """Give the seconds from the call to the result, the driver process included."""
        path = self.contract(backend)
        begun = time.perf_counter()
        api.run(path)
        took = time.perf_counter() - begun
        self.judge("square.json")
        return took

    def ours_from_a_shell(self, backend: str) -> float:
        """Give the seconds of ``jupyter-agilab run``."""
        path = self.contract(backend)
        begun = time.perf_counter()
        command = [sys.executable, "-m", "jupyter_agilab", "run", str(path), "--json"]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)
        took = time.perf_counter() - begun
        self.judge("square.json")
        return took

    def joblib_from_a_shell(self) -> float:
        """Give the seconds of a script that does the same with joblib."""
        begun = time.perf_counter()
        self._script(JOBLIB)
        took = time.perf_counter() - begun
        self.judge("joblib.json")
        return took

    def joblib(self) -> float:
        """Give the seconds of the call alone: joblib is imported, its workers are started by the call."""
        from joblib import Parallel, delayed
        from joblib.externals.loky import get_reusable_executor

        sys.path.insert(0, str(self.folder / "stages"))
        from square import square  # type: ignore[import-not-found]  # written above

        get_reusable_executor().shutdown(wait=True)
        begun = time.perf_counter()
        results = Parallel(n_jobs=WORKERS)(delayed(square)(i) for i in range(self.count))
        took = time.perf_counter() - begun
        sys.path.remove(str(self.folder / "stages"))
        assert results == self.expected
        return took

    def client_map(self) -> tuple[float, float]:
        """Give the seconds of the whole script, and of ``client.map`` and ``gather`` alone."""
        begun = time.perf_counter()
        call = float(self._script(CLIENT_MAP).split()[-1])
        took = time.perf_counter() - begun
        self.judge("client_map.json")
        return took, call

    def ours_on_dask(self) -> tuple[float, float]:
        """Give the seconds of the whole run, and from the last worker's arrival to the artifact."""
        took = self.ours("dask")
        (run,) = (self.folder / ".agilab" / "runs" / "square").glob("*/")
        events = list(read_events(run / "events.jsonl"))
        ready = max(event["t"] for event in events if event["type"] == "worker.joined")
        return took, events[-1]["t"] - ready

    def judge(self, name: str) -> None:
        """Stop where a way gave a wrong result."""
        path = self.folder / name
        assert json.loads(path.read_text()) == self.expected, f"{name} is wrong"
        if name != "square.json":
            path.unlink()

    def _script(self, text: str) -> str:
        path = self.folder / "script.py"
        path.write_text(text.format(workers=WORKERS, count=self.count))
        return subprocess.run(
            [sys.executable, str(path)], check=True, capture_output=True, text=True, cwd=self.folder
        ).stdout


def many(stage: Stage) -> str:
    """Run through the pool; give the number of files of the run and the driver's peak memory."""
    watch = api.submit(stage.contract("pool"))
    run = RunDirectory(Path(watch.status.run_dir))
    begun = time.perf_counter()
    peak_kib = 0
    while not watch.wait(timeout_s=0.02, period_s=0.02).ended:
        pid = (read_manifest(run) or {}).get("pid")
        peak_kib = max(peak_kib, high_water_kib(pid)) if pid else peak_kib
    took = time.perf_counter() - begun
    stage.judge("square.json")
    files = sum(1 for path in run.path.rglob("*") if path.is_file())
    return (
        f"{stage.count:,} partitions through the pool: {took:.1f} s, {files:,} files in the run directory, "
        f"driver's peak memory {peak_kib / 1024:.0f} MiB"
    )


def high_water_kib(pid: int) -> int:
    """Give a process's peak resident memory so far; 0 where that cannot be known."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--partitions", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--short", action="store_true", help="three rounds, a tenth of the partitions for Dask, once the many"
    )
    options = parser.parse_args()
    count, repeats = options.partitions, 3 if options.short else options.repeats
    compile_packages("jupyter_agilab", "joblib", "distributed")
    with tempfile.TemporaryDirectory(prefix="agilab-benchmark-") as folder:
        stage = Stage(Path(folder, "pool"), count)
        seconds = in_turns(
            {
                "joblib, whole process": stage.joblib_from_a_shell,
                "ours (pool), whole process": lambda: stage.ours_from_a_shell("pool"),
            },
            repeats,
        )
        print(
            table(f"{count:,} tiny partitions on {WORKERS} workers", seconds, "joblib, whole process", count)
        )
        seconds = in_turns(
            {"joblib, the call": stage.joblib, "ours (pool), the call": lambda: stage.ours("pool")}, repeats
        )
        print(table("the same from a process that is there", seconds, "joblib, the call", count))

        count = count // 10 if options.short else count
        stage = Stage(Path(folder, "dask"), count)
        whole: dict[str, list[float]] = {"client.map and gather": [], "ours (dask)": []}
        call: dict[str, list[float]] = {name: [] for name in whole}
        for _ in range(1 if options.short else min(repeats, 3)):
            for name, way in zip(whole, (stage.client_map, stage.ours_on_dask), strict=True):
                for kept, took in zip((whole, call), way(), strict=True):
                    kept[name].append(took)
        title = f"{count:,} tiny partitions on Dask, {WORKERS} workers"
        print(table(f"{title}, the cluster's start included", whole, "client.map and gather", count))
        print(table(f"{title}, once they are there", call, "client.map and gather", count))
        print(many(Stage(Path(folder, "many"), 10 * options.partitions)))


if __name__ == "__main__":
    main()
