from collections import Counter

words = Counter(path.read_text().split())
{"file": path.stem, "words": dict(words.most_common(2))}
