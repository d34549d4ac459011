# %% [3] id=aaaa
def clean(x):
    return x.strip()

# %% [4] id=bbbb
LIMIT = 3

# %% [5] id=cccc
def keep(x):
    return len(x) > LIMIT

# %% [6] id=aaaa
def tidy(x):
    return x.strip()

# %% [7] id=dddd
def upper(x):
    return x.upper()

# %% [8] id=eeee
suffix = "!"
