from pathlib import Path

Path("data").mkdir()
Path("data/a.txt").write_text("1\n2\n3\n")
arguments = {"source_name": "data/a.txt"}
