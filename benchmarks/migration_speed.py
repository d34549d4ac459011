"""How much processor time migration takes to look at 1,000 cells; fails at 10 seconds or more.

Each cell defines a function, loops over items with a call of it, and has a comprehension: 2,000 candidates.
Usage: ``python benchmarks/migration_speed.py [--cells 1000] [--rounds 3]``.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median

from jupyter_agilab.cells.notebook import Notebook, NotebookCell
from jupyter_agilab.migrate.finder import find_loops

TARGET_S = 10.0

CELL = """
def f{i}(x, rows=table):
    part = rows[rows["k"] == x]
    return work(part, {i})

out{i} = []
for x in items:
    y = f{i}(x)
    if y is None:
        continue
    out{i}.append({{"x": x, "mean": y.mean(), "n": len(y)}})
means{i} = [f{i}(x).mean() for x in out{i}]
"""


def made(cells: int) -> Notebook:
    """Give a notebook of `cells` cells."""
    first = (
        "import pandas as pd\nfrom lab import work\ntable = pd.read_csv('t.csv')\nitems = table['k'].unique()"
    )
    sources = [first, *(CELL.format(i=i) for i in range(cells - 1))]
    return Notebook(
        path=Path("made.ipynb"),
        cells=tuple(
            NotebookCell(index=i, id=f"c{i}", kind="code", source=source) for i, source in enumerate(sources)
        ),
    )


def main() -> int:
    """Measure; returns 1 where the target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    notebook = made(options.cells)
    took: list[float] = []
    found = 0
    for _ in range(options.rounds):
        started = time.process_time()
        found = len(find_loops(notebook).loops)
        took.append(time.process_time() - started)
    shown = ", ".join(f"{seconds:.2f}" for seconds in took)
    print(f"{options.cells} cells, {found} candidates: median {median(took):.2f} s of {shown}")
    return 0 if median(took) < TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
