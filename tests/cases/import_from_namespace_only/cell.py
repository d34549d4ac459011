[basename(path), str(Fraction(6, 4)), int(np.sum([1, 2]))]
