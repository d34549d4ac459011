import pandas as pd

threshold = 3
