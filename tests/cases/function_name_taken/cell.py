clean(path)
