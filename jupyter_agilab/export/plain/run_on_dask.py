"""Run an exported stage on Dask: ``python run_on_dask.py [--workers N] [--scheduler ADDRESS]``.

Written by `jupyter agilab export`. It is yours: change it as you like. Needs ``pip install distributed``.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import partition_work as work
from merge_results import merge


def run_batch(folder: str, first: int, stop: int) -> list[dict[str, Any]]:
    """Run some partitions; called on a worker, which must see the folder of this file."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    import partition_work as work

    return [work.run_partition(partition) for partition in work.partitions(first, stop)]


def main() -> None:
    """Run all partitions and merge their results."""
    parser = argparse.ArgumentParser(description=f"Run {work.SETTINGS['stage']} on Dask.")
    parser.add_argument("--workers", type=int, default=work.SETTINGS["workers"])
    parser.add_argument("--scheduler", help="a Dask scheduler that is there")
    parser.add_argument("--output", help="where the artifact goes")
    args = parser.parse_args()
    from distributed import Client, LocalCluster

    count = work.SETTINGS["partitions"]
    size = max(1, -(-count // (8 * args.workers)))
    starts = range(0, count, size)
    if args.scheduler:
        client = Client(args.scheduler)
    else:
        client = Client(
            LocalCluster(n_workers=args.workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")
        )
    with client:
        folder = str(work.HERE)
        futures = client.map(
            run_batch, [folder] * len(starts), starts, [min(at + size, count) for at in starts], pure=False
        )
        results = [result for batch in client.gather(futures) for result in batch]
        if not args.scheduler:
            client.cluster.close()
    print(merge(results, args.output))


if __name__ == "__main__":
    main()
