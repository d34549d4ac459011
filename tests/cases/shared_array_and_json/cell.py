values = np.array([float(x) for x in path.split()])
{"name": names[len(values)], "score": float(values @ weights[: len(values)])}
