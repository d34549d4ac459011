# %% [1] id=aaaa
path = "abc"

# %% [2] id=ssss
for word in path.split("-"):
    last = word
