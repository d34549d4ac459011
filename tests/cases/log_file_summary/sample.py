from pathlib import Path

Path("a.log").write_text(
    "2013-01-01T00:00:00 INFO start\n???\n2013-01-01T01:30:00 ERROR disk\n"
)
arguments = {"path": "a.log"}
