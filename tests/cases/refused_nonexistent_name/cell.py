df = pd.read_csv(path)
df = df[df.x > treshold]
df.groupby("k").sum().reset_index().to_dict(reslut)
