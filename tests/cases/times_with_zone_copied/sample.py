arguments = {"path": "2013-01-03T12:00:00"}
