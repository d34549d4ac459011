from pathlib import Path

Path("w.txt").write_text("bb a ccc d")
arguments = {"path": "w.txt"}
