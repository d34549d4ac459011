total = 0
results = []
counts = {}
