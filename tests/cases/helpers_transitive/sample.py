from pathlib import Path

Path("p.csv").write_text("lat,lon\n48.1,11.6\n52.5,13.4\n")
arguments = {"path": "p.csv"}
