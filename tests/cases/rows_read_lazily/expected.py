"""Stage work, written from a notebook cell."""

from collections.abc import Iterator


def work(rows: Iterator[dict]) -> dict[str, object]:
    """Process one partition (stage work).

    Parameters
    ----------
    rows : Iterator[dict]
        Records of the partition.

    Returns
    -------
    dict[str, object]
        The value of the cell's last line.
    """
    total = 0.0
    for row in rows:
        total += float(row["amount"])
    return {"total": total}


# Lines here = in the cell: 19-22=1
