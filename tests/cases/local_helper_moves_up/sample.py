arguments = {"path": "3 4"}
