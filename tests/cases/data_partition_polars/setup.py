import polars as pl

df = pl.DataFrame({"k": ["a"], "v": [1]})
