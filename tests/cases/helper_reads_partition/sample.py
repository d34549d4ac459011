import pandas as pd

arguments = {"df": pd.DataFrame({"x": [1, 3]})}
