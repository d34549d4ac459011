min(len(path), max)
