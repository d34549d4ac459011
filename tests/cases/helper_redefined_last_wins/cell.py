scale(len(path))
