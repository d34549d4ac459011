import pandas as pd

df = pd.read_csv("flights.csv")
df = df[df.distance > 500]
df.groupby("origin").size().to_dict()
