arguments = {"path": '{"a": 2}'}
