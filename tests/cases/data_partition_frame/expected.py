"""Stage work, written from a notebook cell."""

import numpy as np
import pandas as pd


def work(df: pd.DataFrame) -> pd.DataFrame:
    """Process one part of the table (stage work).

    Parameters
    ----------
    df : pd.DataFrame
        Rows of the partition.

    Returns
    -------
    pd.DataFrame
        ``result``, the value of the cell's last line.
    """
    warm = df[df["t"] > 0]
    result = pd.DataFrame(
        {
            "station": warm["station"],
            "kelvin": warm["t"] + 273.15,
            "log": np.log1p(warm["t"]),
        }
    )
    return result


# Lines here = in the cell: 20-28=1
