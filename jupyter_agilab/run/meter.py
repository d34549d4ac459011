"""What a partition takes: time, CPU, and the peak memory of the process that runs it."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from jupyter_agilab.run.segments import Used

# asking the kernel costs as much as a tiny partition, so neighbours share a figure
_MEMORY_PERIOD_S = 0.02
_RESET_PEAK = b"5"


class Meter:
    """Measures one partition after another.

    Parameters
    ----------
    shared
        Whether other partitions run in the same process at the same time. The memory seen is then all of
        theirs together, and CPU counts only the thread that `start` is called in.
    """

    def __init__(self, *, shared: bool) -> None:
        self._cpu_clock = time.thread_time if shared else time.process_time
        self._shared = shared
        self._forget = not shared
        self._begun = self._cpu = 0.0
        self._measured = float("-inf")
        self._memory = 0
        self.peak_memory_bytes = 0

    def start(self) -> None:
        """Begin with a partition; what the one before had in memory should be gone by now."""
        if self._forget:
            self._forget = False
            _forget_peak()
        self._begun = time.perf_counter()
        self._cpu = self._cpu_clock()

    def read(self) -> Used:
        """Say what has been taken since `start`."""
        now = time.perf_counter()
        if now - self._measured > _MEMORY_PERIOD_S:
            self._measured = now
            self._memory = peak_memory_bytes()
            self.peak_memory_bytes = max(self.peak_memory_bytes, self._memory)
            self._forget = not self._shared
        return Used(now - self._begun, self._cpu_clock() - self._cpu, self._memory)


def peak_memory_bytes() -> int:
    """Give the process's peak resident memory; 0 where the platform does not tell.

    Linux keeps ``ru_maxrss`` over exec, so there it may be that of the process which started this one.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii", "replace")
        return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024
    except (OSError, ValueError, IndexError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _forget_peak() -> None:
    """Let the kernel count the peak from now on, where it can (Linux, proc(5), ``clear_refs``)."""
    with suppress(OSError):
        file = os.open("/proc/self/clear_refs", os.O_WRONLY)
        try:
            os.write(file, _RESET_PEAK)
        finally:
            os.close(file)
