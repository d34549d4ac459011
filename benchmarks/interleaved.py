"""Measure ways of doing the same thing in turns, so that a slow minute of the machine hits all of them."""

from __future__ import annotations

import compileall
import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec


def compile_packages(*names: str) -> None:
    """Compile packages to bytecode, as installers do: else each process that starts may do it again."""
    for name in names:
        found = find_spec(name)
        for folder in (found.submodule_search_locations or ()) if found else ():
            compileall.compile_dir(folder, quiet=2)


def in_turns(ways: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Call each way `repeats` times, round after round; give the seconds of each call.

    A way that returns a float has measured itself, and that number counts.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            gc.collect()
            begun = time.perf_counter()
            said = way()
            took = time.perf_counter() - begun
            seconds[name].append(said if isinstance(said, float) else took)
    return seconds


def table(title: str, seconds: Mapping[str, Sequence[float]], against: str, items: int = 0) -> str:
    """Give the medians as a table.

    ``ratio`` is the median of `against` divided by the row's: more is faster. `items`, where given, adds the
    microseconds for each of them.
    """
    reference = statistics.median(seconds[against])
    width = max(map(len, seconds))
    lines = [title, f"  {'':{width}}  {'median':>9}  {'fastest':>9}  {'slowest':>9}  {'ratio':>6}"]
    if items:
        lines[1] += f"  {'per item':>9}"
    for name, values in seconds.items():
        median = statistics.median(values)
        line = f"  {name:{width}}  {median:7.3f} s  {min(values):7.3f} s  {max(values):7.3f} s  "
        line += f"{reference / median:6.2f}"
        lines.append(line + (f"  {1e6 * median / items:6.1f} us" if items else ""))
    return "\n".join(lines)
