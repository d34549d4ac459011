from pathlib import Path

import pandas as pd

Path("flights.csv").write_text("origin,distance\nJFK,600\nJFK,100\nLGA,900\nJFK,700\n")
arguments = {"df": pd.read_csv("flights.csv")}
