import datetime as dt
from pathlib import Path

threshold = 1.5
count = 3
label = "north\\south"
strict = True
columns = ["a", "b"]
limits = {"low": 0, "high": 10}
size = (64, 32)
start = dt.date(2013, 1, 1)
folder = Path("reference")
nothing = None
