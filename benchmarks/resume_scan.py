"""What it costs to find out that nothing has to be done again: a finished run of 200,000 partitions.

Measured are

- ``explain`` as a person calls it, planning included, and the search in it alone;
- what the driver of a second run does before it starts any work: read the plan, make the keys, read the
  indexes of the first run, check its results and take them over.

Both are set against reading the bytes of the first run's plan and segments, which nobody can do without.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

from interleaved import in_turns, table

from jupyter_agilab import api
from jupyter_agilab.planning.store import stored_partitions
from jupyter_agilab.run.explain import explain_partitions
from jupyter_agilab.run.layout import RunDirectory, run_directories
from jupyter_agilab.run.manifest import read_manifest
from jupyter_agilab.run.resume_key import resume_keys
from jupyter_agilab.run.reuse import earlier_runs, reuse_results

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
workers = 2
partition_strategy = "parameter-items"
target_partitions = 0
min_partitions_per_worker = 1
reducer = "concat-jsonl"
backend = "pool"
output = "square.jsonl"
"""


class Finished:
    """A folder with a finished run of `count` partitions."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder, count
        (folder / "stages").mkdir(parents=True)
        (folder / "stages" / "square.py").write_text(FUNCTION)
        (folder / "settings.json").write_text(json.dumps({"i": list(range(count))}))
        self.path = folder / "square.parallel_stage.toml"
        self.path.write_text(CONTRACT)
        api.run(self.path)
        (self.run,) = run_directories(folder, "square")
        self.partitions = api.plan(self.path).partitions

    def read(self) -> None:
        """Read the bytes of the plan and the segments."""
        for path in [self.run.path / "plan.jsonl", *self.run.segments.iterdir()]:
            path.read_bytes()

    def explain(self) -> None:
        """Plan and explain."""
        assert api.explain(self.path).reused == self.count

    def search(self) -> None:
        """Explain a plan that is there."""
        record = (read_manifest(self.run) or {})["resume"]
        found = explain_partitions("square", self.folder, self.partitions, record)
        assert found.reused == self.count

    def scan(self) -> float:
        """Give the seconds of a driver's scan, into a run directory that is removed again."""
        new = RunDirectory(self.run.path.with_name("scan"))
        new.segments.mkdir(parents=True)
        try:
            begun = time.perf_counter()
            key = (read_manifest(self.run) or {})["stage_key"]
            fingerprints = stored_partitions(self.run.path).fingerprints()
            wanted = {each: index for index, each in enumerate(resume_keys(key, fingerprints))}
            reused = reuse_results(earlier_runs(new, self.folder, key), new.segments, wanted)
            took = time.perf_counter() - begun
            assert len(reused.indexes) == self.count
            return took
        finally:
            shutil.rmtree(new.path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--partitions", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="agilab-benchmark-") as folder:
        finished = Finished(Path(folder).resolve(), options.partitions)
        seconds = in_turns(
            {
                "read the files": finished.read,
                "the driver's scan": finished.scan,
                "explain, the search": finished.search,
                "explain, planning included": finished.explain,
            },
            options.repeats,
        )
        print(
            table(
                f"a finished run of {options.partitions:,} partitions",
                seconds,
                "read the files",
                options.partitions,
            )
        )


if __name__ == "__main__":
    main()
