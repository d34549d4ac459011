from pathlib import Path

Path("a.csv").write_text("carrier,delay\nAA,5\nUA,7\nAA,9\n")
arguments = {"path": "a.csv"}
