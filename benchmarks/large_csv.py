"""One large CSV cut into exact pieces for two workers, against one process that does the same with pandas.

The file holds the flights of 2013 again and again. The function reads a file by its path, as anybody would
write it, parses its dates and adds up delays by route and week. Our run, from the command to its exit, is set
against plain scripts:

- pandas reads the whole file at once and calls the same function, held to one core and one thread: what one
  process can do;
- the same as it comes: parts of pandas may use more than one core;
- pandas reads it piece by piece (``chunksize``), so that memory stays small, and the tables are added up.

A run has a fixed cost of about a second (its processes start, and each imports pandas), so the ratio grows
with the file. Reading a file at once takes five times its size in memory, and more time for each row the
larger the file is; reading it piece by piece does not, and is the harder one to beat.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from interleaved import compile_packages, in_turns, table

from jupyter_agilab.demo import prepare_data

WORKERS = 2
FUNCTION = '''"""Delays by route and week."""

import pandas as pd

KEYS = ["route", "week"]
FIGURES = {"flights": ("flight", "size"), "delay": ("arr_delay", "sum"), "worst": ("arr_delay", "max")}
MERGED = {"flights": ("flights", "sum"), "delay": ("delay", "sum"), "worst": ("worst", "max")}


def delays(path: str) -> pd.DataFrame:
    """Give counts, totals and the worst delay of one file."""
    return figures(pd.read_csv(path, parse_dates=["time_hour"]))


def figures(flights: pd.DataFrame) -> pd.DataFrame:
    """Give counts, totals and the worst delay of one table."""
    flights["route"] = flights["origin"] + "-" + flights["dest"]
    flights["week"] = flights["time_hour"].dt.isocalendar().week
    return flights.groupby(KEYS, as_index=False).agg(**FIGURES)


def merge(results) -> pd.DataFrame:
    """Merge the tables of the parts."""
    return pd.concat(results).groupby(KEYS, as_index=False).agg(**MERGED)
'''
CONTRACT = """schema = "agilab.parallel_stage.v1"
name = "delays"
function = "stages/delays.py:delays"
split = "files"
input = "flights.csv"
workers = {workers}
partition_strategy = "file-chunks"
target_partitions = {partitions}
min_partitions_per_worker = 2
reducer = "custom"
backend = "pool"
output = "delays.csv"
notes = "counts and totals are added up, of the worst delays the largest is kept"

[reduce]
function = "stages/delays.py:merge"
"""
AT_ONCE = """
import sys
sys.path.insert(0, "stages")
from delays import delays
delays("flights.csv").to_csv("at_once.csv", index=False)
"""
ON_ONE_CORE = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import pandas as pd
if "max_threads" in dir(pd.options.mode):
    pd.options.mode.max_threads = 1
"""
IN_PIECES = """
import sys
sys.path.insert(0, "stages")
import pandas as pd
from delays import figures, merge
with pd.read_csv("flights.csv", chunksize={rows}, parse_dates=["time_hour"]) as pieces:
    merge([figures(piece) for piece in pieces]).to_csv("in_pieces.csv", index=False)
"""


def write_input(folder: Path, megabytes: int) -> int:
    """Write ``flights.csv`` of about `megabytes`; give its number of rows."""
    prepare_data(folder)
    text = (folder / "data" / "flights.csv").read_bytes()
    header, _, rows = text.partition(b"\n")
    copies = max(1, round(megabytes * 1e6 / len(rows)))
    with (folder / "flights.csv").open("wb") as out:
        out.write(header + b"\n")
        for _ in range(copies):
            out.write(rows)
    return copies * rows.count(b"\n")


def ours(folder: Path, partitions: int) -> float:
    """Give the seconds of ``jupyter-agilab run``."""
    shutil.rmtree(folder / ".agilab", ignore_errors=True)
    (folder / "delays.csv").unlink(missing_ok=True)
    path = folder / "delays.parallel_stage.toml"
    path.write_text(CONTRACT.format(workers=WORKERS, partitions=partitions))
    begun = time.perf_counter()
    command = [sys.executable, "-m", "jupyter_agilab", "run", str(path), "--json"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return time.perf_counter() - begun


def script(folder: Path, text: str) -> float:
    """Give the seconds of a script of its own."""
    path = folder / "script.py"
    path.write_text(text)
    begun = time.perf_counter()
    subprocess.run([sys.executable, str(path)], check=True, cwd=folder)
    return time.perf_counter() - begun


def judge(folder: Path) -> None:
    """Stop where the three ways do not give the same figures."""
    import pandas as pd

    first = pd.read_csv(folder / "delays.csv")
    for name in ("at_once.csv", "in_pieces.csv"):
        pd.testing.assert_frame_equal(first, pd.read_csv(folder / name), check_exact=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--partitions", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--short", action="store_true", help="three rounds with at most 300 MB")
    options = parser.parse_args()
    megabytes = min(options.megabytes, 300) if options.short else options.megabytes
    compile_packages("jupyter_agilab", "pandas")
    with tempfile.TemporaryDirectory(prefix="agilab-benchmark-") as name:
        folder = Path(name)
        (folder / "stages").mkdir()
        (folder / "stages" / "delays.py").write_text(FUNCTION)
        rows = write_input(folder, megabytes)
        ways = {
            "pandas, the whole file, one core": lambda: script(folder, ON_ONE_CORE + AT_ONCE),
            "pandas, the whole file": lambda: script(folder, AT_ONCE),
            "pandas, piece by piece": lambda: script(
                folder, IN_PIECES.format(rows=-(-rows // options.partitions))
            ),
            f"ours, {WORKERS} workers": lambda: ours(folder, options.partitions),
        }
        if not hasattr(os, "sched_setaffinity"):
            # only Linux holds a process to a core
            del ways["pandas, the whole file, one core"]
        seconds = in_turns(ways, 3 if options.short else options.repeats)
        judge(folder)
        size_mb = (folder / "flights.csv").stat().st_size / 1e6
        title = f"one CSV of {size_mb:.0f} MB, {rows:,} rows, {options.partitions} partitions"
        print(table(title, seconds, next(iter(seconds))))


if __name__ == "__main__":
    main()
