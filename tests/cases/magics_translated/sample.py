arguments = {"path": "1 3 5"}
