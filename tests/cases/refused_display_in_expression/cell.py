handle = display(path, display_id=True)
for word in path.split():
    display(word, raw=True)
len(path)
