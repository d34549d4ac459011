arguments = {"path": "abcdefghijklmnop"}
