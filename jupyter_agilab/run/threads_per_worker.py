"""Threads inside a worker: as many as the plan gives each, so that workers times threads fits the cores.

Most numerical libraries look at the environment once, when they are imported: the driver sets
`THREAD_VARIABLES` for all that it starts, unless the author did. pandas has an option instead.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

THREAD_VARIABLES = (
    # OpenMP, and with it pyarrow and scikit-learn
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
)


def thread_environment(threads: int) -> Mapping[str, str]:
    """Give the variables for a worker with so many threads; those that are set already stay as they are."""
    return {name: os.environ.get(name, str(threads)) for name in THREAD_VARIABLES}


def limit_threads() -> None:
    """Hold pandas to the threads that the environment allows, where it is imported and not told otherwise.

    Since 3.1 ``pandas.read_csv`` reads a large file with up to six threads.
    """
    pandas: Any = sys.modules.get("pandas")
    if not hasattr(pandas, "set_option"):
        return
    # an older one has no such option, and the variable may be a list: that is for nested regions of OpenMP
    with suppress(KeyError, ValueError):
        threads = int(os.environ.get("OMP_NUM_THREADS", ""))
        if threads > 0 and pandas.get_option("mode.max_threads") is None:
            pandas.set_option("mode.max_threads", threads)
