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
    rows = list(rows)
    amounts = sorted(float(row["amount"]) for row in rows)
    return {"n": len(rows), "median": amounts[len(amounts) // 2]}


# Lines here = in the cell: 20-21=1
