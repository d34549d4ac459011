longest = max(path.split(), key=len)
longest
