arguments = {"path": "1 3 5"}
kernel_cell = "len(path)"
