arguments = {"path": " abcdef "}
