n = len(path)
total += n
results.append(n)
counts[path] = n
n
