words = path.split()
counts = {word: words.count(word) for word in words}
print(counts)
