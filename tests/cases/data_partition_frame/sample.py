import pandas as pd

arguments = {"df": pd.DataFrame({"station": ["x", "y", "z"], "t": [3.0, -1.0, 7.0]})}
