scale = 3

# %%
del scale
