json.loads(path)
