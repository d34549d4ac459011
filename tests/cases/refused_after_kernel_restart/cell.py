len(path) * scale + offset
