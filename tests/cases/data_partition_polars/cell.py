df.group_by("k").agg(pl.col("v").sum()).sort("k").to_dicts()
