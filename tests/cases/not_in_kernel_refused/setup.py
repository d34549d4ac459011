import pandas as pd
from unknown_package import *

lookup = pd.read_csv("lookup.csv")
limit = lookup["x"].max()
