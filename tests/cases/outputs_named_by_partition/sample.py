from pathlib import Path

Path("settings.txt").write_text("")
arguments = {"path": "data/a.csv"}
