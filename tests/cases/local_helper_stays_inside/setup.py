power = 2
