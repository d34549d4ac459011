arguments = {"path": "2 4"}
