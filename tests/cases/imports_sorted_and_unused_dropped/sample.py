from pathlib import Path

Path("v.json").write_text("[1, 5, 9, 2]")
arguments = {"path": "v.json"}
