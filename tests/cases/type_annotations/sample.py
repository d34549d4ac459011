arguments = {"path": "aa b"}
