float((len(path) - mean) * n) if flag else None
