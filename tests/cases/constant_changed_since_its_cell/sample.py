arguments = {"path": "abcdefgh"}
