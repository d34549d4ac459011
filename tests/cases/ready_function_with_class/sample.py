from pathlib import Path

Path("a.csv").write_text("amount\n1\n2.5\n")
arguments = {"path": "a.csv"}
call = "total(path)"
