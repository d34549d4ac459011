import re
import pandas as pd

THRESHOLD = 0.5
SECONDS = 24 * 60 * 60
NUMBER = re.compile(r"\d+")


def keep(df):
    return df[df["p"] > THRESHOLD]
