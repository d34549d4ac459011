# Errors and warnings of one log file

seen = Counter()
first = last = None
with open(path) as log:
    for entry in filter(None, map(parse, log)):
        when, level, text = entry
        first = first or when
        last = when
        if level in LEVELS:
            seen[level] += 1

{
    "counts": dict(seen),
    "hours": (last - first).total_seconds() / 3600 if first else 0.0,
}
