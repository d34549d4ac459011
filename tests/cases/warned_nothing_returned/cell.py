for word in path.split():
    print(word)
