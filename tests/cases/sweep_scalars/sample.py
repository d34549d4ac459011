arguments = {"lr": 0.05, "momentum": 0.5}
