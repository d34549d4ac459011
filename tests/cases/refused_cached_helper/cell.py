slow(path)
