pairs = [(word, square(parse(word))) for word in path.split("-")]
max(pairs, key=by_second)
