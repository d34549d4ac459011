a = pd.read_csv(filename)
b = pd.read_csv(fname)
a.merge(b)
