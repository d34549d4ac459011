root = "/home/somebody/data"
other = "/data/shared"
