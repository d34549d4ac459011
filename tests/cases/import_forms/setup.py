import os.path
import xml.etree.ElementTree
from collections import defaultdict as dd
from math import pi as PI, sin
import numpy.linalg as la
