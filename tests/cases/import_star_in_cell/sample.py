arguments = {"path": "abcdef"}
