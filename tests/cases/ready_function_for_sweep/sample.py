arguments = {"side": 2.0, "seed": 4}
call = "cube(side, seed=seed)"
