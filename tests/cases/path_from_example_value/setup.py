from pathlib import Path

files = sorted(Path("data").glob("*.log"))
filename = Path("data/one.log")
