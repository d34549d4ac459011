df = pd.read_csv(path).merge(lookup)
tidy(df[df.x < limit])
