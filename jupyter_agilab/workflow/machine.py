"""What this machine has that partitions can claim."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_agilab.planning.arithmetic import available_cores
from jupyter_agilab.run.memory import total_memory_bytes


def this_machine() -> dict[str, float]:
    """Give what partitions on this machine can claim."""
    return {
        "cpus": float(available_cores()),
        "memory": float(total_memory_bytes()),
        "gpus": float(gpus_here()),
    }


def gpus_here() -> int:
    """Give the number of this machine's GPUs: those that CUDA may see, else those that the driver knows."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([each for each in visible.split(",") if each.strip() not in {"", "-1"}])
    try:
        return len(list(Path("/proc/driver/nvidia/gpus").iterdir()))
    except OSError:
        return 0
