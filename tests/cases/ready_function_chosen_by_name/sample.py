arguments = {"path": "x"}
call = "second(path)"
