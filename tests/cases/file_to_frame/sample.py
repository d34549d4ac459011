from pathlib import Path

Path("a.csv").write_text("carrier,dep_time,delay\nAA,500,5\nUA,,70\nAA,612,29\nUA,700,1\n")
arguments = {"path": "a.csv"}
