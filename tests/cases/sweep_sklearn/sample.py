arguments = {"n_estimators": 5, "max_depth": 2, "seed": 11}
