words = path.split()
longest = max(words, key=len)
len(words)
