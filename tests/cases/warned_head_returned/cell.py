df = pd.read_csv(path)
df.head()
