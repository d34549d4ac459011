import numpy as np

seed = 42
