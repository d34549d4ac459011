"""Stage work, written from a notebook cell."""

import re
from decimal import Decimal

codes = {1: "one", 2: "two"}
colours = {"red", "green", "blue"}
pairs = [(1, 2), (3, 4)]
pattern = re.compile(r"(\d+)\s*km", re.IGNORECASE)
rate = Decimal("0.19")
raw = b"\x00\xff"


def work(path: str) -> dict[str, object]:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    dict[str, object]
        The value of the cell's last line.
    """
    found = pattern.search(path)
    return {
        "km": int(found[1]),
        "colours": sorted(colours),
        "code": codes[2],
        "gross": str(100 * (1 + rate)),
        "pairs": [a + b for a, b in pairs],
        "raw": len(raw),
    }


# Lines here = in the cell: 27-34=1
