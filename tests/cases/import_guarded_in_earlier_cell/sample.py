arguments = {"path": "[1, 2]"}
