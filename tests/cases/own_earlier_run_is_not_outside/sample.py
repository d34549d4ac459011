arguments = {"path": "x-y"}
