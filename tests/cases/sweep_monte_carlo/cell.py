points = rng.uniform(-1, 1, size=(samples, dimension))
inside = (np.square(points).sum(axis=1) <= 1).mean()
{"dimension": dimension, "volume": inside * 2**dimension}
