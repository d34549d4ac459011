if path.startswith("x"):
    scale = 3
len(path) * scale
