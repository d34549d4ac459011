depth = 3
width = 4
