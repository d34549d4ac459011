limit = 3

# %%
limit += 4


def over(n):
    return n > limit
