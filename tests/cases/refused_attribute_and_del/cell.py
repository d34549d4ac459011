settings["a"]["b"] = 2
helper.calls += 1
del settings
helper(path)
