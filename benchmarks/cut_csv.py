"""Cut a 300 MB CSV file exactly, against one pass that only counts its quote bytes, and against dask.

``python benchmarks/cut_csv.py [--megabytes 300] [--partitions 64] [--repetitions 7]``
``python benchmarks/cut_csv.py --files 2000 [--megabytes 1] [--partitions 8000]``

With ``--files`` there are that many files of each kind, which are cut in one plan; the pass that counts opens
them one after another. Else three files of the same size: every field quoted; no quotes at all; line ends
inside quotes. For each it prints the time of finding the cuts, the time of counting quote bytes with numpy
over slabs of a size that suits numpy, and their ratio (medians of interleaved repetitions in one process).
Then it checks the cuts of the last file against Python's csv module and shows what
``dask.dataframe.read_csv`` makes of it.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from jupyter_agilab.contract.model import Contract
from jupyter_agilab.partition.streams import open_bytes
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.planning.plan import Plan

SLAB_BYTES = 1 << 18
MOST_RATIO = 1.5
KINDS = ("all quoted", "no quotes", "line ends in quotes")


def write_file(path: Path, megabytes: int, kind: str) -> None:
    rng = random.Random(11)
    block = io.StringIO(newline="")
    writer = csv.writer(block, quoting=csv.QUOTE_ALL if kind == "all quoted" else csv.QUOTE_MINIMAL)
    # a block must be smaller than the file
    for number in range(min(20_000, 2_000 * megabytes)):
        if kind == "line ends in quotes":
            text = "\n".join(f'line {rng.random():.3f}, "said"' for _ in range(rng.randint(0, 30)))
        else:
            text = f"text {rng.random():.12f}"
        writer.writerow([number, text, f"{rng.random():.9f}", rng.choice(["JFK", "LAX", "EWR"])])
    data = block.getvalue().encode()
    with path.open("wb") as out:
        out.write(b"number,text,value,place\r\n")
        while out.tell() < megabytes * 1_000_000:
            out.write(data)


def count_quotes(path: Path) -> int:
    found = 0
    slab = bytearray(SLAB_BYTES)
    data = np.frombuffer(slab, np.uint8)
    for each in sorted(path.parent.glob(path.name)):
        with each.open("rb", buffering=0) as stream:
            while length := stream.readinto(slab):
                found += int(np.count_nonzero(data[:length] == 34))
    return found


def plan_of(path: Path, partitions: int, strategy: str = "file-chunks") -> Plan:
    contract = Contract(
        name="cut",
        function="stages/cut.py:cut",
        split="files",
        input=path.name,
        workers=2,
        partition_strategy=strategy,  # type: ignore[arg-type]  # one of the two used below
        target_partitions=partitions,
        min_partitions_per_worker=1,
        reducer="collect-json",
        backend="local",
        output="cut.json",
    )
    return make_plan(contract, path.parent, cores=2)


def timed(work, *args) -> float:
    started = time.perf_counter()
    work(*args)
    return time.perf_counter() - started


def compare(path: Path, partitions: int, repetitions: int) -> float:
    plan_of(path, partitions)
    count_quotes(path)
    ours, rows, theirs = [], [], []
    for _ in range(repetitions):
        ours.append(timed(plan_of, path, partitions))
        theirs.append(timed(count_quotes, path))
        rows.append(timed(plan_of, path, partitions, "row-chunks"))
    cut, by_rows, counted = statistics.median(ours), statistics.median(rows), statistics.median(theirs)
    print(
        f"  finding {partitions} cuts {cut * 1000:8.1f} ms   counting quotes {counted * 1000:7.1f} ms   "
        f"ratio {cut / counted:5.2f}   (cuts by exact row counts {by_rows * 1000:7.1f} ms)"
    )
    return cut / counted


def write_files(folder: Path, count: int, megabytes: int, kind: str) -> Path:
    """Write one file and copy it; give the pattern of all."""
    write_file(folder / "00000.csv", megabytes, kind)
    data = (folder / "00000.csv").read_bytes()
    for number in range(1, count):
        (folder / f"{number:05}.csv").write_bytes(data)
    return folder / "*.csv"


def compare_many(args: argparse.Namespace) -> list[float]:
    ratios = []
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            path = write_files(Path(folder), args.files, args.megabytes or 1, kind)
            print(f"{kind}: {args.files:,} files of {args.megabytes or 1} MB, {count_quotes(path):,} quotes")
            ratios.append(compare(path, args.partitions or 4 * args.files, args.repetitions))
    return ratios


def check(path: Path, partitions: int) -> int:
    """Compare the partitions' records with the whole file's, record by record."""
    plan = plan_of(path, partitions)
    records = 0
    with path.open(newline="", encoding="utf-8") as stream:
        whole = csv.reader(stream)
        header = next(whole)
        for partition in plan.partitions:
            with open_bytes(partition, path.parent) as opened:
                own = csv.reader(io.TextIOWrapper(opened, "utf-8", newline=""))
                assert next(own) == header
                for row in own:
                    assert row == next(whole), f"another record in {partition.describe()}"
                    records += 1
        assert next(whole, None) is None
    return records


def ask_dask(path: Path, records: int) -> str:
    import dask
    import dask.dataframe

    try:
        with dask.config.set(scheduler="threads"):
            found = len(dask.dataframe.read_csv(path, blocksize="16MB"))
    except Exception as error:  # noqa: BLE001  # whichever it raises is the answer
        return f"fails: {type(error).__name__}: {str(error).strip().splitlines()[0][:100]}"
    return "reads all records" if found == records else f"reads {found:,} records instead of {records:,}"


def compare_one(megabytes: int, args: argparse.Namespace) -> list[float]:
    partitions = args.partitions or 64
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for place, kind in enumerate(KINDS):
            path = Path(folder) / f"{place}.csv"
            write_file(path, megabytes, kind)
            print(f"{kind}: {path.stat().st_size / 1e6:.0f} MB, {count_quotes(path):,} quotes")
            ratios.append(compare(path, partitions, args.repetitions))
            if kind != KINDS[-1]:
                path.unlink()
        records = check(path, partitions)
        print(f"  {partitions} partitions hold exactly the {records:,} records of the file (csv module)")
        print(f"  dask.dataframe.read_csv in blocks of 16 MB {ask_dask(path, records)}")
    return ratios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--megabytes", type=int, help="of each file; 300, or 1 where there are several")
    parser.add_argument("--partitions", type=int, help="64, or four for each of several files")
    parser.add_argument("--repetitions", type=int, default=7)
    args = parser.parse_args()
    ratios = compare_many(args) if args.files > 1 else compare_one(args.megabytes or 300, args)
    verdict = "within" if max(ratios) <= MOST_RATIO else "ABOVE"
    print(f"largest ratio {max(ratios):.2f}: {verdict} the budget of {MOST_RATIO}")


if __name__ == "__main__":
    main()
