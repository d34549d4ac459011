{"id": partition.id, "n": len(path)}
