length(path, plus=1)
