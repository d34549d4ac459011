"""A million settings and a million files: how long planning takes, and how much memory.

Each part runs in a fresh process, so that its peak memory is its own. A sweep is set against
``itertools.product`` of the same lists; a folder of files against ``os.scandir`` with a stat for each file.
Then the plan is written as a run writes it, opened in a fresh process, and windows of it are read.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from interleaved import compile_packages

CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "work"
function = "stages/work.py:work"
split = "{split}"
input = "{input}"
workers = 2
partition_strategy = "{strategy}"
target_partitions = 0
min_partitions_per_worker = 2
reducer = "collect-json"
backend = "pool"
output = "artifacts/work.json"
"""
PRODUCT = """
import itertools, json, time
lists = list(json.load(open("grid.json")).values())
begun = time.perf_counter()
count = sum(1 for _ in itertools.product(*lists))
print(time.perf_counter() - begun)
"""
SCANDIR = """
import os, time
begun = time.perf_counter()
with os.scandir("data") as entries:
    found = [(entry.name, entry.stat()) for entry in entries]
print(time.perf_counter() - begun)
"""
PLAN = """
import resource, time
from jupyter_agilab import api
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.contract.load import load_contract
from pathlib import Path
contract = load_contract(Path("work.parallel_stage.toml"))
begun = time.perf_counter()
plan = make_plan(contract, Path())
print(time.perf_counter() - begun, plan.partition_count)
"""
STORE = """
import time
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.store import write_plan
from jupyter_agilab.contract.load import load_contract
from pathlib import Path
contract = load_contract(Path("work.parallel_stage.toml"))
plan = make_plan(contract, Path())
Path("stored").mkdir(exist_ok=True)
begun = time.perf_counter()
write_plan(plan, Path("stored"))
print(time.perf_counter() - begun)
"""
OPEN = """
import random, time
import jupyter_agilab.planning.plan, jupyter_agilab.planning.store
from jupyter_agilab.planning.store import read_plan
from pathlib import Path
begun = time.perf_counter()
plan = read_plan(Path("stored"))
first = plan.partitions[:50]
opened = time.perf_counter() - begun
slowest = 0.0
for _ in range(20):
    place = random.randrange(len(plan.partitions) - 50)
    begun = time.perf_counter()
    window = plan.partitions[place : place + 50], plan.workers[place : place + 50]
    slowest = max(slowest, time.perf_counter() - begun)
print(opened, slowest)
"""
MEASURED = """
import os, resource, subprocess, sys
out = subprocess.run(sys.argv[1:], check=True, stdout=subprocess.PIPE).stdout.decode()
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(out.strip().splitlines()[-1] if out.strip() else "", usage.ru_maxrss)
"""


def run(code: str, folder: Path) -> tuple[list[float], float]:
    """Run code in a fresh process; give the numbers that it prints last, and its peak memory in MB."""
    command = [sys.executable, "-c", MEASURED, sys.executable, "-c", code]
    told = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split()
    *numbers, peak = map(float, told)
    return numbers, peak / 1024


def streamed(folder: Path) -> tuple[float, float, int]:
    """Print the plan with all partitions; give seconds, peak memory in MB and the bytes."""
    code = (
        "import subprocess, sys, resource\n"
        "child = subprocess.Popen([sys.executable, '-m', 'jupyter_agilab', 'plan', 'work', '--json',"
        " '--partitions'], stdout=subprocess.PIPE)\n"
        "size = 0\n"
        "while block := child.stdout.read(1 << 20):\n    size += len(block)\n"
        "child.wait()\n"
        "print(size, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    begun = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True
    )
    size, peak = told.stdout.split()
    return time.perf_counter() - begun, int(peak) / 1024, int(size)


def part(title: str, folder: Path, yardstick: str, turns: int) -> None:
    """Measure one kind of input and print."""
    run(yardstick, folder)
    baseline = min(run(yardstick, folder)[0][0] for _ in range(turns))
    plans = [run(PLAN, folder) for _ in range(turns)]
    seconds, memory = min(numbers[0] for numbers, _ in plans), max(peak for _, peak in plans)
    print(f"{title}: {int(plans[0][0][1]):,} partitions")
    print(f"  yardstick {baseline:.2f} s; plan {seconds:.2f} s = {seconds / baseline:.2f} x; {memory:.0f} MB")
    numbers, peak = run(STORE, folder)
    size = sum(path.stat().st_size for path in (folder / "stored").iterdir())
    print(f"  written in {numbers[0]:.2f} s, {size / 1e6:.0f} MB; {peak:.0f} MB of memory")
    opened, window = run(OPEN, folder)[0]
    print(
        f"  opened, with the first 50, in {opened * 1000:.0f} ms; "
        f"the slowest of 20 windows {window * 1000:.0f} ms"
    )
    took, peak, size = streamed(folder)
    print(f"  plan --json --partitions: {took:.1f} s, {size / 1e6:.0f} MB of text, {peak:.0f} MB of memory")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000, help="settings and files (1,000,000)")
    parser.add_argument(
        "--turns", type=int, default=3, help="how often each is measured; the best counts (3)"
    )
    parser.add_argument("--only", choices=("sweep", "files"), help="only one of the two")
    arguments = parser.parse_args()
    compile_packages("jupyter_agilab")
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as root:
        if arguments.only != "files":
            folder = Path(root) / "sweep"
            folder.mkdir()
            side = round(arguments.count ** (1 / 3))
            grid = {name: list(range(side)) for name in ("a", "b", "c")}
            (folder / "grid.json").write_text(json.dumps(grid))
            text = CONTRACT.format(split="parameter-sweep", input="grid.json", strategy="parameter-items")
            (folder / "work.parallel_stage.toml").write_text(text)
            part("sweep, against itertools.product", folder, PRODUCT, arguments.turns)
        if arguments.only != "sweep":
            folder = Path(root) / "files"
            (folder / "data").mkdir(parents=True)
            for number in range(arguments.count):
                os.close(os.open(folder / f"data/f{number:07}.txt", os.O_CREAT | os.O_WRONLY))
            text = CONTRACT.format(split="files", input="data/*.txt", strategy="one-file-per-partition")
            (folder / "work.parallel_stage.toml").write_text(text)
            part("files, against os.scandir with a stat", folder, SCANDIR, arguments.turns)


if __name__ == "__main__":
    main()
