def above(path, threshold):
    return path > threshold
