arguments = {"alpha": 0.25, "beta": 3}
