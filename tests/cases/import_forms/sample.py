arguments = {"path": "a.txt"}
