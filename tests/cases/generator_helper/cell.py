def windows(values, size):
    for start in range(len(values) - size + 1):
        yield values[start : start + size]


numbers = [int(x) for x in path.split()]
[sum(w) for w in windows(numbers, 2)]
