import pandas as pd

filename = "a.csv"
fname = "b.csv"
