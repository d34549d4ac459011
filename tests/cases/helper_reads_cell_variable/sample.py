arguments = {"path": "3,5,4"}
