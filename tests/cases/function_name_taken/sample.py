arguments = {"path": " a "}
