# %% [1]
scale = 3
del scale

# %% [2]
if False:
    offset = 1
