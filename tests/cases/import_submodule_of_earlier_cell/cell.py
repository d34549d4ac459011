root = scipy.optimize.brentq(lambda x: x * x - len(path), 0, 10)
round(root, 6)
