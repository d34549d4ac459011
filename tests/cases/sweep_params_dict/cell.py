score = params["a"] ** 2 + params["b"]
dict(params, score=score)
