import time

import numpy as np
