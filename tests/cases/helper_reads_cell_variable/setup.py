def shifted(x):
    return x - offset


offset = 100
