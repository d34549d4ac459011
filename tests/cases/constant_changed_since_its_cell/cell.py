over(len(path))
