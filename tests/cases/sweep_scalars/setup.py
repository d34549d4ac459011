import numpy as np

steps = 200
lr = 0.1
momentum = 0.9
