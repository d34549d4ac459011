from pathlib import Path

Path("x.log").write_text("ERROR disk full\nok\nERROR net\nERROR disk\n")
arguments = {"filename": Path("x.log")}
