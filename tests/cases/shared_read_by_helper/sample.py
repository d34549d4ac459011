import pandas as pd

arguments = {"path": "tea tea"}
shared = {"prices": pd.DataFrame({"item": ["tea"], "price": [2.0]})}
