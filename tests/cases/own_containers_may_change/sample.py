arguments = {"path": "b, a"}
