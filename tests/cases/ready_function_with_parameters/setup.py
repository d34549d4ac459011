threshold = 2
