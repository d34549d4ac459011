arguments = {"results": iter([1, 2, 3])}
call = "merge(results)"
