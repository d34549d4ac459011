def depth(tree):
    if not isinstance(tree, dict):
        return 0
    return 1 + max((depth(branch) for branch in tree.values()), default=0)
