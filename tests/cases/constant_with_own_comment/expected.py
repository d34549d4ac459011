"""Stage work, written from a notebook cell."""

# seconds between two samples
INTERVAL_S = 0.25  # from the data sheet


def seconds(samples):
    return samples * INTERVAL_S


def work(path: str):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    return seconds(len(path))


# Lines here = in the cell: 24=1
# Lines here = in the cell that defines each: seconds 7-8=5
