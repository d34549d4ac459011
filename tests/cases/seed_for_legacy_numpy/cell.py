np.random.seed(seed)
noise = np.random.normal(size=3)
[float(value) for value in noise] + [scale]
