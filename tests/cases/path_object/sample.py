from pathlib import Path

Path("a.txt").write_text("to be or not to be\n")
arguments = {"path": Path("a.txt")}
