total = total + len(path)
total
