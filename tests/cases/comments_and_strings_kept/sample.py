arguments = {"path": "the cat"}
