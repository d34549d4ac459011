arguments = {"n_estimators": 10, "max_depth": 3}
