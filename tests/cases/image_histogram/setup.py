import numpy as np

bins = 4
roi = (slice(1, 3), slice(None))
edges = np.linspace(0, 256, 5)
