cleaning.strip(path)
