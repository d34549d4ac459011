arguments = {"lr": 0.5}
