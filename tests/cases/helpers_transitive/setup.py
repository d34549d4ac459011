import math
from functools import lru_cache

EARTH_RADIUS_KM = 6371.0  # mean radius


def haversine(a):
    return math.sin(a / 2) ** 2


def distance(p, q):
    """Great-circle distance in kilometres."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*p, *q))
    both = math.cos(lat1) * math.cos(lat2)
    h = haversine(lat2 - lat1) + both * haversine(lon2 - lon1)
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


@lru_cache(maxsize=None)
def from_home(p):
    return distance(HOME, p)

# %%
HOME = (52.5, 13.4)
