results = []
for part in path.split(","):
    results.append(part.strip())
seen = {}
seen["n"] = len(results)
results.sort()
{"results": results, **seen}
