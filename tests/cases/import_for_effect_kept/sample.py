arguments = {"path": "1 2,2 nan,3 6,4 8"}
