counts = {}
for line in lines:
    if m := LINE.match(line):
        verb = m["verb"]
        counts[verb] = counts.get(verb, 0) + 1
counts
