n_estimators = 10
max_depth = 3
n_estimators * max_depth
