"""Stage delays, written from a notebook cell."""

import numpy as np
import pandas as pd

LIMIT = 30


# Delays of one month.
def mean_delay( path , *,column = "delay" ):
    """Give the mean delay below LIMIT minutes."""
    df = pd.read_csv(path)
    return float(np.mean( df.loc[df[column]<LIMIT, column] ))   # minutes


# Lines here = in the cell: 10-13=5
