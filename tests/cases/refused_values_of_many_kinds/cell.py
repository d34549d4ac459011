with lock:
    print(path, file=log)
{
    "grid": grid[0, 0],
    "model": model.coef_,
    "words": list(words),
    "big": big[-1],
    "names": names["n3"],
    "depth": config.depth,
}
