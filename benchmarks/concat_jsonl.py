"""concat-jsonl against ``cat`` on the same segment files: time and memory, interleaved in one run.

Both end with one fsync of what they wrote. Usage:
``python benchmarks/concat_jsonl.py [--gigabytes 5] [--rounds 3] [--folder DIR]``.
The folder's file system needs twice the size, which is freed again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from jupyter_agilab.reduce.concat_jsonl import ConcatJsonl
from jupyter_agilab.reduce.types import StoredResult

SEGMENT_BYTES = 50 * 10**6
RESULT_BYTES = 25_000
TARGET_RATIO = 2.0
TARGET_MEMORY_MB = 200


def make_segments(folder: Path, total_bytes: int) -> int:
    """Write segments full of JSON lines; give their number."""
    line = (
        json.dumps({"station": "KJFK", "text": 'quotes " and naïve', "values": [0.1] * 30}).encode() + b"\n"
    )
    result = line * (RESULT_BYTES // len(line))
    segment = result * (SEGMENT_BYTES // len(result))
    count = max(1, round(total_bytes / len(segment)))
    for number in range(count):
        (folder / f"{number:05d}.data").write_bytes(segment)
    (folder / "result_bytes").write_text(str(len(result)))
    return count


def ours(folder: Path, target: Path) -> None:
    """Reduce in this process; print the seconds and the peak memory, this process's imports included."""
    result_bytes = int((folder / "result_bytes").read_text())
    results = []
    for path in sorted(folder.glob("*.data")):
        for offset in range(0, path.stat().st_size, result_bytes):
            results.append(StoredResult(len(results), "id", path, offset, result_bytes, 1, "jsonl"))
    started = time.perf_counter()
    with target.open("wb") as out:
        ConcatJsonl().reduce(results, out)
        out.flush()
        os.fsync(out.fileno())
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb(), "results": len(results)}))


def peak_mb() -> float:
    """Give the most memory that this process has had; on Linux without its parent's, which getrusage adds."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1000
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 10**6


def theirs(folder: Path, target: Path) -> float:
    """Run ``cat`` and give its seconds."""
    files = sorted(map(str, folder.glob("*.data")))
    started = time.perf_counter()
    with target.open("wb") as out:
        subprocess.run(["cat", *files], stdout=out, check=True)
        os.fsync(out.fileno())
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--ours", nargs=2, type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.ours:
        ours(*args.ours)
        return 0
    folder = Path(tempfile.mkdtemp(prefix="concat-jsonl-", dir=args.folder))
    try:
        return compare(folder, int(args.gigabytes * 10**9), args.rounds)
    finally:
        shutil.rmtree(folder)


def compare(folder: Path, total_bytes: int, rounds: int) -> int:
    segments = make_segments(folder, total_bytes)
    target = folder / "artifact.jsonl"
    cats, mine, peak, results = [], [], 0.0, 0
    for number in range(rounds):
        for who in ("cat", "ours") if number % 2 == 0 else ("ours", "cat"):
            os.sync()
            if who == "cat":
                cats.append(theirs(folder, target))
            else:
                command = [sys.executable, __file__, "--ours", str(folder), str(target)]
                told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                mine.append(told["seconds"])
                peak, results = max(peak, told["peak_mb"]), told["results"]
            size = target.stat().st_size
            target.unlink()
            seconds = (cats if who == "cat" else mine)[-1]
            print(f"  round {number + 1}: {who:4} {seconds:6.2f} s for {size:,} bytes")
    ratio = median(mine) / median(cats)
    print(f"concat-jsonl of {size / 1e9:.1f} GB, {results:,} results in {segments} segments")
    print(f"  cat   {median(cats):6.2f} s (median)")
    print(f"  ours  {median(mine):6.2f} s (median), peak memory {peak:.0f} MB")
    good = ratio <= TARGET_RATIO and peak < TARGET_MEMORY_MB
    print(
        f"  ratio {ratio:.2f}; at most {TARGET_RATIO} below {TARGET_MEMORY_MB} MB: {'yes' if good else 'NO'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
