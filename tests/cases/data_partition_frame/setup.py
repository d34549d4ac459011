import numpy as np
import pandas as pd

df = pd.DataFrame({"station": ["a", "b"], "t": [1.0, 2.0]})
