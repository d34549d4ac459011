import operator
from functools import partial

square = lambda x: x**2  # noqa: E731
by_second = operator.itemgetter(1)
parse = partial(int, base=16)
