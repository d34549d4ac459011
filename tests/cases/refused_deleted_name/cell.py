len(path) * scale
