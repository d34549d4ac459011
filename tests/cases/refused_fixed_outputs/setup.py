import json
from pathlib import Path

import numpy as np
import pandas as pd

out = "summary.csv"
folder = Path("plots")
