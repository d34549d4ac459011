rng.choice(path)
