import pandas as pd


def share(column):
    return df[column] / df[column].sum()


df = pd.DataFrame({"x": [1, 2]})
