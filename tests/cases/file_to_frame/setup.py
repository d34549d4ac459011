import pandas as pd

# %%
limit_minutes = 15
path = "data/flights-01.csv"
