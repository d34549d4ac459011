arguments = {"path": "xbx"}
