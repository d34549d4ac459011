base = "/home/somebody/data"
token = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
base + path
