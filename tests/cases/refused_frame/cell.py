df = pd.read_csv(path)
df.merge(lookup, on="code")
