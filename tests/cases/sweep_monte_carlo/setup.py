import numpy as np

rng = np.random.default_rng(42)
samples = 1000
