"""Stage work, written from a notebook cell."""

import pandas as pd


# Degrees Fahrenheit to Celsius.
def celsius(fahrenheit):
    """Convert a temperature."""
    return (fahrenheit - 32) / 1.8


def work(path: str) -> pd.DataFrame:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    pd.DataFrame
        ``df``, the value of the cell's last line.
    """
    df = pd.read_csv(path)
    df["celsius"] = celsius(df["fahrenheit"])
    return df


# Lines here = in the cell: 25-27=1
# Lines here = in the cell that defines each: celsius 7-9=5
