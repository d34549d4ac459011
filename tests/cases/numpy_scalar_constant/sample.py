arguments = {"path": "abcd"}
