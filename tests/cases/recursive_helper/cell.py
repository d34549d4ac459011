import json

with open(path) as f:
    tree = json.load(f)
depth(tree)
