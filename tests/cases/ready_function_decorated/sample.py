arguments = {"path": "a b"}
call = "words(path)"
