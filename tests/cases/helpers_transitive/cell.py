import csv

with open(path, newline="") as f:
    places = [(float(r["lat"]), float(r["lon"])) for r in csv.DictReader(f)]
[round(from_home(p), 3) for p in places]
