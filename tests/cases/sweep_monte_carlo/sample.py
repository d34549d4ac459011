import numpy as np

arguments = {"dimension": 3, "rng": np.random.default_rng(7)}
