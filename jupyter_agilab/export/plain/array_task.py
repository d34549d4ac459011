"""Run one task of an array job: ``python array_task.py NUMBER``.

Written by `jupyter agilab export`. It is yours: change it as you like. A task with results does nothing.
"""

from __future__ import annotations

import json
import os
import sys
import traceback

import partition_work as work


def main(number: int) -> int:
    """Run the task's partitions; 0 when all results are stored."""
    per_task = work.SETTINGS["per_task"]
    first = number * per_task
    target = work.HERE / "results" / f"{first:09d}.jsonl"
    if target.exists():
        return 0
    target.parent.mkdir(exist_ok=True)
    temporary = target.with_suffix(f".{os.getpid()}.part")
    with temporary.open("w", encoding="utf-8") as out:
        for partition in work.partitions(first, first + per_task):
            try:
                result = work.run_partition(partition)
            except Exception:
                print(f"partition {partition['index']} failed: {partition}", file=sys.stderr)
                traceback.print_exc()
                temporary.unlink()
                return 1
            out.write(json.dumps(result) + "\n")
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
