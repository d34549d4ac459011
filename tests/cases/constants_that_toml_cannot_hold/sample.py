arguments = {"path": "about 12 KM"}
