n = len(path)
display("n", n)
