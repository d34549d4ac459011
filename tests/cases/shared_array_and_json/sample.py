import numpy as np

arguments = {"path": "1 2 3"}
shared = {
    "weights": np.linspace(0, 1, 5),
    "names": [f"station {i:04}" for i in range(200)],
}
