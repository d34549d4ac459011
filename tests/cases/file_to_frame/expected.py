"""Stage clean flights, written from a cell of flights.ipynb."""

import pandas as pd


def clean_flights(path: str, *, limit_minutes: int):
    """Clean one month of flights.

    Cancelled flights have no departure time.

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    limit_minutes : int
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    df = pd.read_csv(path)
    df = df.dropna(subset=["dep_time"])
    df["late"] = df["delay"] > limit_minutes  # a Boolean column

    return df.groupby("carrier", as_index=False)["late"].mean()


# Lines here = in the cell: 23-27=5
