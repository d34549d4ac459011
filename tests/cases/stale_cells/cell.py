text = clean(path)
upper(text) + suffix if keep(text) else tidy(text)
