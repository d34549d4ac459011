arguments = {"path": "a bbb cc"}
shown = "longest"
