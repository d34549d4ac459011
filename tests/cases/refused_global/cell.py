def note(x):
    global last
    last = x


note(path)
bump()
path
