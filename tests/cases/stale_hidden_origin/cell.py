len(path) * scale * Unit.factor
