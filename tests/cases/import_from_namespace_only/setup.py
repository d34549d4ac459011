exec("import numpy as np\nfrom fractions import Fraction\nfrom os.path import basename")
