columns = ["a", "b"]
