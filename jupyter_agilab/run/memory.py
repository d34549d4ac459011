"""How much memory processes take, and how much there is left."""

from __future__ import annotations

from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def process_memory_bytes(pid: int) -> int:
    """Give what a process of this machine has in memory now; 0 where it is gone."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def process_cpu_s(pid: int) -> float:
    """Give the seconds of CPU that a process of this machine has used; 0 where it is gone."""
    import psutil

    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def total_memory_bytes() -> int:
    """Give the memory that processes here may have together: the machine's, or their control group's."""
    import psutil

    limit = _number(_CGROUP / "memory.max")
    machine = int(psutil.virtual_memory().total)
    return min(machine, limit) if limit else machine


def available_memory_bytes() -> int:
    """Give what can still be had without swapping, within the control group's limit where there is one.

    Control groups: https://docs.kernel.org/admin-guide/cgroup-v2.html (``memory.max``, ``memory.current``).
    Pages of files that nobody wrote to are given back when needed, so they count as available.
    """
    import psutil

    available = int(psutil.virtual_memory().available)
    limit, current = _number(_CGROUP / "memory.max"), _number(_CGROUP / "memory.current")
    if not limit or current is None:
        return available
    try:
        words = (_CGROUP / "memory.stat").read_text("ascii").split()
        files = int(words[words.index("inactive_file") + 1])
    except (OSError, ValueError, IndexError):
        files = 0
    return min(available, limit - current + files)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
