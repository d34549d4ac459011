"""Stage work, written from a notebook cell."""

from typing import Any

import numpy as np


def work(
    dimension: Any, *, samples: int, rng: np.random.Generator
) -> dict[str, object]:
    """Compute one set of parameters (stage work).

    Parameters
    ----------
    dimension : Any
        One value of the sweep.
    samples : int
        A constant of the notebook; its value is in the contract.
    rng : np.random.Generator
        Random generator of this partition, the same whatever worker it runs on.

    Returns
    -------
    dict[str, object]
        The value of the cell's last line.
    """
    points = rng.uniform(-1, 1, size=(samples, dimension))
    inside = (np.square(points).sum(axis=1) <= 1).mean()
    return {"dimension": dimension, "volume": inside * 2**dimension}


# Lines here = in the cell: 27-29=1
