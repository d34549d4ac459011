arguments = {"path": "2013-01-31"}
