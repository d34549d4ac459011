from pathlib import Path

Path("t.csv").write_text("fahrenheit\n32\n212\n")
arguments = {"path": "t.csv"}
