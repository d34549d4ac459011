df = pd.read_csv(path)
display(df.describe())
for column in df:
    display(column)
display(df)
