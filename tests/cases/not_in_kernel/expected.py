"""Stage work, written from a notebook cell."""

import re

import pandas as pd

THRESHOLD = 0.5
SECONDS = 24 * 60 * 60
NUMBER = re.compile(r"\d+")


def keep(df):
    return df[df["p"] > THRESHOLD]


def work(path: str):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    object
        ``df``, the value of the cell's last line.
    """
    df = keep(pd.read_csv(path))
    df["day"] = df["t"] // SECONDS
    df["id"] = df["name"].map(lambda name: int(NUMBER.search(name)[0]))
    return df


# Lines here = in the cell: 29-32=1
# Lines here = in the cell that defines each: keep 12-13=9
