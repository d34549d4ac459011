"""What an element-wise chain of three stages costs on Dask, against dask graphs written by hand.

Each of 10,000 elements goes through three functions that do next to nothing, on one cluster of two workers
that is there before anything is measured. Ours is the whole run: plan, driver process, segments on disk, the
three artifacts. It is set against

- ``client.map`` of each stage's function over the futures of the stage before, and a gather;
- the same with a batch of elements in each task.

Then the driver's peak memory, and the bytes that its connections carried while each result has 10 kB: those
must not pass through it.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from interleaved import compile_packages, in_turns, table

from jupyter_agilab import workflows
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.types import RunState
from jupyter_agilab.workflow.running.settings import WorkflowSettings

WORKERS = 2
STAGES = ("first", "second", "third")
FUNCTIONS = {
    "first": 'def first(i, size):\n    """Begin with a number."""\n    return {"i": i, "text": "x" * size}\n',
    "second": 'def second(first):\n    """Square it."""\n    return {**first, "y": first["i"] ** 2}\n',
    "third": 'def third(second):\n    """Add one."""\n    return {**second, "z": second["y"] + 1}\n',
}
CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "{name}"
function = "stages/{name}.py:{name}"
split = "parameter-sweep"
input = "{source}"
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "concat-jsonl"
backend = "dask"
output = "artifacts/{name}.jsonl"
"""


class Chain:
    """A folder with the workflow, and the ways of doing it on one cluster."""

    def __init__(self, folder: Path, client: Any, count: int, size: int = 0) -> None:
        self.folder, self.client, self.count, self.size = folder, client, count, size
        self.path = folder / "chain.workflow.toml"
        self.address = str(client.scheduler.address)
        (folder / "stages").mkdir(parents=True)
        (folder / "numbers.json").write_text(json.dumps({"i": list(range(count)), "size": size}))
        text = 'schema = "agilab.workflow.v1"\nname = "chain"\n'
        before = ""
        for name in STAGES:
            (folder / f"stages/{name}.py").write_text(FUNCTIONS[name])
            source = self.path.name if before else "numbers.json"
            contract = CONTRACT.format(name=name, source=source)
            (folder / f"{name}.parallel_stage.toml").write_text(contract)
            text += f'[stages.{name}]\ncontract = "{name}.parallel_stage.toml"\n'
            text += f'input = "{before}"\n' if before else ""
            before = name
        self.path.write_text(text)

    def ours(self) -> float:
        """Give the seconds from the call to the last artifact, the driver process included."""
        shutil.rmtree(self.folder / ".agilab", ignore_errors=True)
        shutil.rmtree(self.folder / "artifacts", ignore_errors=True)
        begun = time.perf_counter()
        status = workflows.run_workflow(self.path, WorkflowSettings(scheduler=self.address))
        took = time.perf_counter() - begun
        assert status.state == "finished", status.message
        lines = (self.folder / "artifacts/third.jsonl").read_text().splitlines()
        self.judge([json.loads(line) for line in lines])
        return took

    def by_hand(self, batch: int) -> float:
        """Give the seconds of a dask graph with so many elements in each task."""
        functions = [_loaded(self.folder, name) for name in STAGES]
        begun = time.perf_counter()
        if batch == 1:
            futures = self.client.map(functions[0], range(self.count), size=self.size, pure=False)
            for function in functions[1:]:
                futures = self.client.map(function, futures, pure=False)
            results = self.client.gather(futures)
        else:
            starts = range(0, self.count, batch)
            stops = [min(start + batch, self.count) for start in starts]
            first = partial(_first_of, functions[0], self.size)
            futures = self.client.map(first, starts, stops, pure=False)
            for function in functions[1:]:
                futures = self.client.map(partial(_each, function), futures, pure=False)
            results = [value for part in self.client.gather(futures) for value in part]
        (self.folder / "by_hand.jsonl").write_text("".join(json.dumps(value) + "\n" for value in results))
        took = time.perf_counter() - begun
        self.judge(results)
        return took

    def judge(self, results: list[dict[str, Any]]) -> None:
        """Stop where a way gave a wrong result."""
        text = "x" * self.size
        assert results == [{"i": i, "text": text, "y": i * i, "z": i * i + 1} for i in range(self.count)], (
            "a result is wrong"
        )

    def watched(self) -> str:
        """Run ours once, and say what its driver took and what went through it."""
        shutil.rmtree(self.folder / ".agilab", ignore_errors=True)
        shutil.rmtree(self.folder / "artifacts", ignore_errors=True)
        watch = workflows.submit_workflow(self.path, WorkflowSettings(scheduler=self.address))
        begun = time.perf_counter()
        peak_kib = sent = received = 0
        state: RunState = "running"
        while state not in {"finished", "failed", "partial", "stopped", "interrupted"}:
            time.sleep(0.02)
            state = watch.refresh().state
            pid = (read_manifest(watch.directory) or {}).get("pid")
            if pid:
                peak_kib = max(peak_kib, high_water_kib(pid))
                now = traffic(pid)
                sent, received = max(sent, now[0]), max(received, now[1])
        took = time.perf_counter() - begun
        assert state == "finished", watch.status.message
        results = sum((self.folder / f"artifacts/{name}.jsonl").stat().st_size for name in STAGES)
        return (
            f"3 x {self.count:,} results of {self.size / 1000:.0f} kB, {results / 1e6:,.0f} MB in all: "
            f"{took:.1f} s, driver's peak memory {peak_kib / 1024:.0f} MiB; through it went "
            f"{sent / 1e6:.2f} MB to the scheduler and {received / 1e6:.2f} MB from it"
        )


def _loaded(folder: Path, name: str) -> Any:
    """Give a stage's function, so that Dask sends it by value."""
    import cloudpickle

    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec((folder / f"stages/{name}.py").read_text(), namespace)  # written above
    return cloudpickle.loads(cloudpickle.dumps(namespace[name]))


def _first_of(function: Any, size: int, start: int, stop: int) -> list[Any]:
    return [function(i, size) for i in range(start, stop)]


def _each(function: Any, values: list[Any]) -> list[Any]:
    return [function(value) for value in values]


def high_water_kib(pid: int) -> int:
    """Give a process's peak resident memory so far; 0 where that cannot be known."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def traffic(pid: int) -> tuple[int, int]:
    """Give the bytes that a process's TCP connections have sent and received so far, as `ss` tells."""
    try:
        told = subprocess.run(["ss", "-tinpOH"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0, 0
    sent = received = 0
    for line in told.splitlines():
        if f"pid={pid}," in line:
            sent += sum(map(int, re.findall(r"bytes_sent:(\d+)", line)))
            received += sum(map(int, re.findall(r"bytes_received:(\d+)", line)))
    return sent, received


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--elements", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch", type=int, default=500, help="elements in a task of the second graph")
    parser.add_argument("--short", action="store_true", help="a quarter of the elements, once")
    options = parser.parse_args()
    count = options.elements // 4 if options.short else options.elements
    compile_packages("jupyter_agilab", "distributed")
    from distributed import Client, LocalCluster

    with (
        tempfile.TemporaryDirectory(prefix="agilab-benchmark-") as folder,
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        chain = Chain(Path(folder, "small"), client, count)
        seconds = in_turns(
            {
                "a task for each element": lambda: chain.by_hand(1),
                f"a task for {options.batch} elements": lambda: chain.by_hand(options.batch),
                "ours": chain.ours,
            },
            1 if options.short else options.repeats,
        )
        title = f"3 stages x {count:,} elements on Dask, {WORKERS} workers"
        print(table(title, seconds, "a task for each element", 3 * count))
        print(Chain(Path(folder, "large"), client, count, size=10_000).watched())


if __name__ == "__main__":
    sys.exit(main())
