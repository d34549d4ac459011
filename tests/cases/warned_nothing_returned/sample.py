arguments = {"path": "a b"}
