import numpy as np

weights = np.linspace(0, 1, 5)
names = [f"station {i:04}" for i in range(200)]
