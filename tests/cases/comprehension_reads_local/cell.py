offset = 3
[len(path) + offset for _ in range(2)]
