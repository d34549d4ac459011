import io
import threading
from pathlib import Path

import numpy as np
from sklearn.linear_model import LinearRegression

grid = np.zeros((1000, 100))
model = LinearRegression()
lock = threading.Lock()
words = (w for w in "abc")
log = io.StringIO()
big = list(range(5000))
names = {f"n{i}": i for i in range(2000)}


class Config:
    depth = 3


config = Config()
