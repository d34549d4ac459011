"""Stage work, written from a notebook cell."""

from typing import NamedTuple


class Row(NamedTuple):
    name: str
    value: float


Rows = list[Row]


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
    rows_read: Rows = [Row(w, len(w)) for w in path.split()]
    total: float = sum(row.value for row in rows_read)
    return {"total": total, "first": rows_read[0].name}


# Lines here = in the cell: 27-29=1
# Lines here = in the cell that defines each: Row 6-8=4
