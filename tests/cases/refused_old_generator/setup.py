import random

rng = random.Random(3)
