df = read(path
df.head()
