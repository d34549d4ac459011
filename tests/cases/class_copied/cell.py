summary = Reader(path).read()
{"mean": summary.mean, "n": len(summary.values)}
