arguments = {"path": "a-1f-03"}
