arguments = {"path": "abc"}
shown = "n"
