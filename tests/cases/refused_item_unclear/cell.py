df = pd.read_csv(reference)
df[df.station == station]
