df = pd.read_csv(path)
rows_left = df.dropna()
for column in rows_left:
    summary = rows_left[column].sum()
summary
