import pandas as pd

lookup = pd.DataFrame({"code": ["a", "b"], "name": ["Alpha", "Beta"]})
