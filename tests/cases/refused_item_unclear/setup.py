import pandas as pd

reference = "reference.csv"
station = "a"
