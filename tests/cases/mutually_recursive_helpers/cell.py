is_even(len(path))
