n = len(path)
values = [n, n + 1]
values;
