from pathlib import Path

Path("v.txt").write_text("# head\n1\n2.5\n")
arguments = {"path": "v.txt"}
