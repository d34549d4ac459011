from math import *

floor(sqrt(len(path)))
