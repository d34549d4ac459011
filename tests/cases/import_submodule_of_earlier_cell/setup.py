import scipy.optimize
import scipy.special
