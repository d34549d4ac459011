import pandas as pd

top = 2
