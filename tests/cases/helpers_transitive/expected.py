"""Stage work, written from a notebook cell."""

import csv
import math
from functools import lru_cache

EARTH_RADIUS_KM = 6371.0  # mean radius
HOME = (52.5, 13.4)


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


def work(path: str) -> list:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    list
        The value of the cell's last line.
    """
    with open(path, newline="") as f:
        places = [(float(r["lat"]), float(r["lon"])) for r in csv.DictReader(f)]
    return [round(from_home(p), 3) for p in places]


# Lines here = in the cell: 41-43=3
# Lines here = in the cell that defines each: haversine 11-12=7, distance 15-20=11,
#  from_home 23-25=19
