table = {"a": 1}
