def above(path, threshold, scale=10):
    return [scale * int(x) for x in path.split() if int(x) > threshold]
