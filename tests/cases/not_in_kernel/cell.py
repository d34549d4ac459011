df = keep(pd.read_csv(path))
df["day"] = df["t"] // SECONDS
df["id"] = df["name"].map(lambda name: int(NUMBER.search(name)[0]))
df
