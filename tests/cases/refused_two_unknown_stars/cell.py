tidy(path)
