arguments = {"path": "a/b.txt"}
