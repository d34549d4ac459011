[root, other, path]
