from pathlib import Path

Path("a.csv").write_text("p,t,name\n0.7,90000,x12\n0.1,5,y3\n")
arguments = {"path": "a.csv"}
