arguments = {"params": {"a": 3, "b": 1}}
