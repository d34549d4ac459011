arguments = {"path": "abc"}
kernel_cell = "len(path)"
