import csv

best = max(csv.DictReader(file), key=lambda row: int(row["score"]))
best["name"]
