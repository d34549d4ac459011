def merge(results, *, scale=1):
    return scale * sum(results)
