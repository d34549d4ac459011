[price_of(word) for word in path.split()]
