generator = np.random.default_rng(42)
np.random.seed(SEED)
float(generator.normal()) + len(path)
