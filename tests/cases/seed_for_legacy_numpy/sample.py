arguments = {"scale": 2, "seed": 5}
