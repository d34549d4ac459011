len(path)
