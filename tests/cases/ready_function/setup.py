import pandas as pd

LIMIT = 30
