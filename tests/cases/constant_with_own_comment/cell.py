seconds(len(path))
