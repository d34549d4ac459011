from pathlib import Path

import pandas as pd

Path("a.csv").write_text("code,x\na,1\nb,2\na,3\n")
arguments = {"path": "a.csv"}
shared = {"lookup": pd.DataFrame({"code": ["a", "b"], "name": ["Alpha", "Beta"]})}
