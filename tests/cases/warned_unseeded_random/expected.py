"""Stage work, written from a notebook cell."""

import random

import numpy as np
import pandas as pd


def work(path: str):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    df = pd.read_csv(path)
    some = df.sample(frac=0.5)
    noise = np.random.normal(size=3)
    pick = random.choice([1, 2])
    rng = np.random.default_rng()
    fixed = df.sample(n=2, random_state=1)
    return len(some) + len(noise) + pick + rng.integers(3) + len(fixed)


# Lines here = in the cell: 22-28=1
