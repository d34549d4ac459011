seed(path) + 1
