alpha = 0.5
beta = 2
