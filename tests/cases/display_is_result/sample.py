from pathlib import Path

Path("a.csv").write_text("x\n1\n2\n")
arguments = {"path": "a.csv"}
shown = "df"
