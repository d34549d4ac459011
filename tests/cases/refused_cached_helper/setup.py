cache = {}


def slow(x):
    if x not in cache:
        cache[x] = len(x)
    return cache[x]
