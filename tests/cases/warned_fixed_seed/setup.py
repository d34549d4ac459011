import numpy as np

SEED = 7
