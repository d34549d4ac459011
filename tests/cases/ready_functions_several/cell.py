def first(path):
    return 1


def second(path):
    return 2
