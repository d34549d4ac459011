values = [int(x) for x in path.split()]
largest = max(values)


def scaled(x):
    # relative to the largest
    return (x / largest) ** power


[scaled(v) for v in values]
