"""The folder tree of the server: 100,000 files, 2,000 contracts and 500 runs.

Prints what the first look takes, what a later one takes, what it takes when a contract was added, what the
JSON is, and what one minute with a page open costs of a core while nothing happens.

    python benchmarks/server_tree.py [--files 100000] [--contracts 2000] [--runs 500] [--idle 60]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from jupyter_agilab.run.layout import RunDirectory
from jupyter_agilab.run.manifest import SCHEMA, write_manifest
from jupyter_agilab.server.places import Root
from jupyter_agilab.server.runs.statuses import Statuses
from jupyter_agilab.server.tree.index import TreeIndex
from jupyter_agilab.server.watching.hub import Hub
from jupyter_agilab.server.watching.news import News
from jupyter_agilab.server.workflows.told import WorkflowStatuses

CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "{name}"
function = "stages/{name}.py:{name}"
split = "files"
input = "data/*.csv"
workers = "auto"
partition_strategy = "one-file-per-partition"
target_partitions = 0
min_partitions_per_worker = 2
reducer = "concat-jsonl"
backend = "pool"
output = "artifacts/{name}.jsonl"

[source]
notebook = "analysis.ipynb"
cell = "abc"
"""


def make_tree(root: Path, files: int, contracts: int, runs: int) -> None:
    """Spread files over folders of 20, contracts over the first folders, and runs over the first stages."""
    folders = []
    for number in range(files // 20):
        folder = root / f"area_{number // 500}" / f"project_{number // 10 % 50}" / f"part_{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        folders.append(folder)
        for each in range(20):
            (folder / f"data_{each}.csv").touch()
    text = "x = 1\n" * 300
    for number in range(contracts):
        folder, name = folders[number // 2 % len(folders)], f"stage_{number}"
        (folder / f"{name}.parallel_stage.toml").write_text(CONTRACT.format(name=name))
        if number < runs // 2:
            for turn in range(2):
                run = folder / ".agilab/runs" / name / f"20260101-{number:06d}-{turn:06x}"
                run.mkdir(parents=True)
                manifest = {"schema": SCHEMA, "run_id": run.name, "stage": name, "state": "finished"}
                manifest |= {"submitted": 1.7e9 + number, "seconds": 12.5, "partitions": 100, "finished": 100}
                contract = {"path": str(folder / f"{name}.parallel_stage.toml"), "text": text}
                write_manifest(RunDirectory(run), manifest | {"folder": str(folder), "contract": contract})
    for folder, _, names in os.walk(root):
        # as a tree that was not changed a moment ago
        for name in (folder, *(f"{folder}/{each}" for each in names)):
            os.utime(name, (1.7e9, 1.7e9))


class _Page:
    def __init__(self) -> None:
        self.messages = 0

    def tell(self, message: object, key: object = None) -> None:
        self.messages += 1


async def idle(index: TreeIndex, seconds: float) -> tuple[float, int]:
    """Give the seconds of CPU that one page costs while nothing happens, and the looks."""
    hub = Hub(News(index, Statuses(), WorkflowStatuses()))
    hub.join(_Page())
    await asyncio.sleep(2)
    begun = time.process_time()
    looks = hub.looks
    await asyncio.sleep(seconds)
    used = time.process_time() - begun
    looks = hub.looks - looks
    hub.close()
    return used, looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--contracts", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--idle", type=float, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        make_tree(root, args.files, args.contracts, args.runs)
        index = TreeIndex(Root(root))
        begun = time.perf_counter()
        listing = index.refresh()
        print(f"first look: {time.perf_counter() - begun:.3f} s, {index.folder_count:,} folders")
        print(f"found: {len(listing.contracts):,} contracts, {len(listing.runs):,} runs")
        later = []
        for _ in range(10):
            begun = time.perf_counter()
            index.refresh()
            later.append(time.perf_counter() - begun)
        print(f"later look: {statistics.median(later):.3f} s")
        begun = time.perf_counter()
        index.refresh_if_changed()
        print(f"question whether a run changed: {time.perf_counter() - begun:.4f} s")
        (root / "new.parallel_stage.toml").write_text(CONTRACT.format(name="new"))
        begun = time.perf_counter()
        assert len(index.refresh().contracts) == args.contracts + 1
        print(f"look after a contract was added: {time.perf_counter() - begun:.3f} s")
        begun = time.perf_counter()
        text = json.dumps(index.listing.to_json(), separators=(",", ":"))
        print(f"JSON: {time.perf_counter() - begun:.3f} s, {len(text) / 1e6:.2f} MB")
        if args.idle:
            used, looks = asyncio.run(idle(index, args.idle))
            print(f"idle with a page open: {100 * used / args.idle:.2f} % of a core, {looks} looks")


if __name__ == "__main__":
    main()
