values = [float(part) for part in path.split(",")]
offset = min(values)
[shifted(v) for v in values]
