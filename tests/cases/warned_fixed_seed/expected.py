"""Stage work, written from a notebook cell."""

import numpy as np


def work(path: str, *, SEED: int):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    SEED : int
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    generator = np.random.default_rng(42)
    np.random.seed(SEED)
    return float(generator.normal()) + len(path)


# Lines here = in the cell: 21-23=1
