df = pd.read_csv(path)
df["celsius"] = celsius(df["fahrenheit"])
df
