"""Stage work, written from a notebook cell."""

import pandas as pd


def work(path: str, *, prices: pd.DataFrame) -> list:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    prices : pd.DataFrame
        Shared data, loaded once for each worker.

    Returns
    -------
    list
        The value of the cell's last line.
    """

    def price_of(item):
        return float(prices.set_index("item")["price"][item])

    return [price_of(word) for word in path.split()]


# Lines here = in the cell: 25=1
# Lines here = in the cell that defines each: price_of 22-23=6
