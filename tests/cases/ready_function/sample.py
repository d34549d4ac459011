from pathlib import Path

Path("a.csv").write_text("delay\n1\n2\n99\n")
arguments = {"path": "a.csv"}
call = "mean_delay(path)"
