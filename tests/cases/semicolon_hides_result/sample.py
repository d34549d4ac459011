arguments = {"path": "ab"}
shown = "values"
