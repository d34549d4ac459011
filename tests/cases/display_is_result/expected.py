"""Stage work, written from a notebook cell."""

import pandas as pd


def work(path: str) -> pd.DataFrame:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    pd.DataFrame
        What the cell displays at its end.
    """
    df = pd.read_csv(path)
    for column in df:
        print(column)
    return df


# Lines here = in the cell: 19=1, 20-22=3
