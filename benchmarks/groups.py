"""Cut a CSV file into groups: bytes that planning and workers read, and the memory of planning.

    python benchmarks/groups.py [--mb 300] [--groups 5000] [--partitions 5000]

Prints the bytes that were read in all in proportion to the file (as the system counts them for each process,
imports of Python left out by a measurement without data), and the largest resident memory of the process that
planned. The judge of what the workers get is the sum of a column, by group, as the file was written.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

CONTRACT: dict[str, Any] = {
    "name": "sums",
    "function": "sums.py:sums",
    "split": "data-partitions",
    "input": "table.csv",
    "workers": 2,
    "partition_strategy": "row-chunks",
    "min_partitions_per_worker": 1,
    "reducer": "collect-json",
    "backend": "pool",
    "output": "artifacts/sums.json",
}


def read_bytes() -> int:
    """Give the bytes that this process has read, from disk or from the system's memory."""
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("rchar:"):
            return int(line.split()[1])
    raise OSError("this system does not count what a process reads")


def write_table(path: Path, megabytes: int, groups: int) -> dict[str, int]:
    """Write rows of random groups until the file is that large; give the sum of ``amount`` by group."""
    rng = random.Random(7)
    sums: dict[str, int] = {}
    row = 0
    with path.open("w") as out:
        out.write("row,customer,amount,price,comment\n")
        while out.tell() < megabytes * 1_000_000:
            lines = []
            for _ in range(10_000):
                customer, amount = f"c{rng.randrange(groups):05}", rng.randrange(1000)
                sums[customer] = sums.get(customer, 0) + amount
                comment = '"a, quoted one"' if row % 50_000 == 7 else "abcdefghij" * (row % 4)
                lines.append(f"{row},{customer},{amount},{rng.random() * 100:.4f},{comment}\n")
                row += 1
            out.write("".join(lines))
    return sums


def plan(folder: Path, partitions: int) -> Any:
    """Plan the file by customers."""
    from jupyter_agilab.contract.model import Contract, PartitionTable
    from jupyter_agilab.planning.make import make_plan

    table = PartitionTable(by="groups", columns=("customer",))
    return make_plan(Contract(**CONTRACT, target_partitions=partitions, partition=table), folder)


def planned(folder: Path, partitions: int, results: Any) -> None:
    """Plan in a process of its own, and tell what that took."""
    import pyarrow.csv  # noqa: F401

    before, started = read_bytes(), time.perf_counter()
    made = plan(folder, partitions)
    seconds = time.perf_counter() - started
    read, peak = read_bytes() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    results.put((seconds, read, peak, list(made.partitions)))


def worked(folder: Path, partitions: list[Any], results: Any) -> None:
    """Read partitions as a worker does, in a process of its own."""
    import pandas as pd
    import pyarrow  # noqa: F401

    from jupyter_agilab.partition.read import pandas_frame

    before, started = read_bytes(), time.perf_counter()
    sums: dict[str, int] = {}
    for partition in partitions:
        frame: pd.DataFrame = pandas_frame(partition, folder)
        for customer, amount in frame.groupby("customer")["amount"].sum().items():
            assert customer not in sums, "a group is in two partitions"
            sums[str(customer)] = int(amount)
    results.put((time.perf_counter() - started, read_bytes() - before, sums))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mb", type=int, default=300)
    parser.add_argument("--groups", type=int, default=5000)
    parser.add_argument("--partitions", type=int, default=5000)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = write_table(folder / "table.csv", options.mb, options.groups)
        size = (folder / "table.csv").stat().st_size
        results = context.Queue()

        def measured(target: Any, *arguments: Any) -> Any:
            process = context.Process(target=target, args=(folder, *arguments, results))
            process.start()
            found = results.get()
            process.join()
            return found

        seconds, read, peak, partitions = measured(planned, options.partitions)
        again, read_again, _, _ = measured(planned, options.partitions)
        halves = [measured(worked, partitions[half::2]) for half in range(2)]
        staged = sum(each.stat().st_size for each in folder.rglob(".agilab/staged/*/*"))
    sums = {customer: total for half in halves for customer, total in half[2].items()}
    assert sums == expected, "the workers did not get every row once"
    total = read + sum(half[1] for half in halves)
    print(f"file {size / 1e6:,.0f} MB, {len(expected):,} groups in {len(partitions):,} partitions")
    print(f"planning: {seconds:.1f} s, {read / size:.2f} x the file read, {peak / 1e6:,.0f} MB of memory")
    print(f"planning again: {again:.2f} s, {read_again / 1e6:.1f} MB read")
    print(f"workers: {sum(half[0] for half in halves):.1f} s, {(total - read) / size:.2f} x the file read")
    print(f"staged form: {staged / 1e6:,.0f} MB")
    print(f"in all: {total / size:.2f} x the file read (at most 2), {peak / 1e6:,.0f} MB (below 500)")


if __name__ == "__main__":
    main()
