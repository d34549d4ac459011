arguments = {"path": "a b a"}
shown = "counts"
