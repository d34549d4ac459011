"""Stage work, written from a notebook cell."""

from typing import Any

import numpy as np


def work(scale: Any, *, seed: int):
    """Compute one set of parameters (stage work).

    Parameters
    ----------
    scale : Any
        One value of the sweep.
    seed : int
        Seed of this partition, the same whatever worker it runs on.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    np.random.seed(seed)
    noise = np.random.normal(size=3)
    return [float(value) for value in noise] + [scale]


# Lines here = in the cell: 23-25=1
