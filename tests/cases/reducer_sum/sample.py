import pandas as pd

frames = [
    pd.DataFrame({"carrier": ["AA", "UA"], "delay": [1, 5]}),
    pd.DataFrame({"carrier": ["AA", "B6"], "delay": [3, 2]}),
]
kernel_arguments = {"results": list(frames)}
arguments = {"results": iter(frames)}
