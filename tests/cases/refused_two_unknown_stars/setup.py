from unknown_package import *
from another_package import *
