for word in path.split("-"):
    last = word
last
