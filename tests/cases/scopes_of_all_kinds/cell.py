squares = [n * n for n in range(3)]
pairs = {(i, j): i * j for i in range(2) for j in range(i, 2)}
if (size := len(path)) > n:
    size = n
try:
    value = int(path)
except ValueError as error:
    value = str(error)[:7]
with open(path) as f:
    first, *rest = f.read().split()
match rest:
    case [single]:
        kind = single
    case [_, *others]:
        kind = len(others)
    case _:
        kind = None
by_size = sorted([first, *rest], key=lambda w: (len(w), w))
(lambda *args, **kwargs: (args, kwargs))(*rest, size=size)
del value
for k in range(3):
    if k == 1:
        break
else:
    k = None
[squares, len(pairs), size, kind, by_size, k, n]
