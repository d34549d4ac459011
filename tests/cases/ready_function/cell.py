# Delays of one month.
import numpy as np


def mean_delay( path , *,column = "delay" ):
    """Give the mean delay below LIMIT minutes."""
    df = pd.read_csv(path)
    return float(np.mean( df.loc[df[column]<LIMIT, column] ))   # minutes
