"""How soon the second run of a started cluster works: from the command to its first partition.

Beside it, against the same scheduler and in turns, a bare Python process that imports distributed, connects
and submits one function. Prints both medians and their ratio.

    python benchmarks/service_start.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "work"
function = "stages/work.py:work"
split = "parameter-sweep"
input = "grid.json"
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "concat-jsonl"
backend = "local"
output = "artifacts/work.jsonl"
"""
BARE = """
import sys, time
from distributed import Client

def function():
    import time
    return time.time()

client = Client(sys.argv[1], set_as_default=False)
print(client.submit(function, pure=False).result())
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "jupyter_agilab", *arguments]


def bare(address: str, folder: Path) -> float:
    """Give the seconds from the start of a process to its function's call on a worker."""
    started = time.time()
    done = subprocess.run(
        [sys.executable, str(folder / "bare.py"), address], check=True, capture_output=True, text=True
    )
    return float(done.stdout.split()[-1]) - started


def ours(folder: Path) -> float:
    """Give the seconds from the command to the first partition's call on a worker."""
    started = time.time()
    done = subprocess.run(
        command("run", "work", "--cluster", "kept", "--force", "--quiet"),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    lines = (folder / "artifacts/work.jsonl").read_text().splitlines()
    return min(json.loads(line)["t"] for line in lines) - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="service-start-") as made:
        folder = Path(made)
        os.environ |= {
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
        }
        (folder / "stages").mkdir()
        (folder / "stages/work.py").write_text("import time\n\ndef work(i):\n    return {'t': time.time()}\n")
        (folder / "grid.json").write_text('{"i": [0, 1, 2, 3]}')
        (folder / "work.parallel_stage.toml").write_text(CONTRACT)
        (folder / "clusters.toml").write_text('[kept]\nkind = "local"\nworkers = 2\n')
        (folder / "bare.py").write_text(BARE)
        told = subprocess.run(
            command("cluster", "start", "kept", "--json"),
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        try:
            address = json.loads(told.stdout)["address"]
            # the first run, after which the workers know the code
            first = ours(folder)
            bare(address, folder)
            rounds = [(ours(folder), bare(address, folder)) for _ in range(args.rounds)]
        finally:
            subprocess.run(command("cluster", "stop", "kept"), cwd=folder, check=True, capture_output=True)
    mine, theirs = (statistics.median(each) for each in zip(*rounds, strict=True))
    ratio = statistics.median(one / other for one, other in rounds)
    print(f"first run:            {first:.3f} s")
    print(f"second and later:     {mine:.3f} s  (median of {args.rounds}; worst {max(rounds)[0]:.3f} s)")
    print(f"bare distributed:     {theirs:.3f} s")
    print(f"ratio:                {ratio:.2f}  (at most 1.30)")


if __name__ == "__main__":
    main()
