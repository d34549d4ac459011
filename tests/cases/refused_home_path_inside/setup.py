settings = {"root": "/home/somebody/data", "limit": 3}
