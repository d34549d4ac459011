cleaned(pd.read_csv(path))
