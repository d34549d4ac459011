sum(values)
