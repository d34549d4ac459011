def counter():
    n = 0

    def count():
        nonlocal n
        n += 1
        return n

    return count


tick = counter()
for _ in path:
    tick()
tick()
