arguments = {"path": "abc"}
