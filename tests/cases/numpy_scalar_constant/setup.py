import numpy as np

mean = np.float64(2.5)
n = np.int64(4)
flag = np.bool_(True)
