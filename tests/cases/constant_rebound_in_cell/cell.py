columns = [c for c in columns if c in path]
columns
