def scale(x):
    return x

# %%
def scale(x):
    return x * 10
