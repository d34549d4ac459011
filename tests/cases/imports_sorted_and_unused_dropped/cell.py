import sys, json
import numpy as np  # arrays
import os
from typing import Optional, List
from pathlib import Path

text: Optional[str] = Path(path).read_text()
values: List[float] = json.loads(text)
float(np.median(values))
