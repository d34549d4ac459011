from IPython.display import display, clear_output
import json

data = json.loads(path)
display(data)
data["n"] = 1
data
