round(sqrt(len(path)) + cos(0), 6)
