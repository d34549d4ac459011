import json

path = "data/run-001.json"
with open(path) as f:
    record = json.load(f)
record["value"] * 2
