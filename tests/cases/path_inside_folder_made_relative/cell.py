[path, reference, plots.name, elsewhere]
