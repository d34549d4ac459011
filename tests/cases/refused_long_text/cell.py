[word for word in path.split() if word not in stop_words]
