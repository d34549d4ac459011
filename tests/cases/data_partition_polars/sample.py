import polars as pl

arguments = {"df": pl.DataFrame({"k": ["a", "b", "a"], "v": [1, 2, 3]})}
