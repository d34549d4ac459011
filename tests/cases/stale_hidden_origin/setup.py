exec("scale = 3")


class Unit:
    name = "m"

# %%
Unit.factor = 100
