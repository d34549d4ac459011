"""Stage work, written from a notebook cell."""

import re
from pathlib import Path


def work(filename: Path) -> list:
    """Process one file (stage work).

    Parameters
    ----------
    filename : Path
        The file; for a part of a file, one that holds exactly that part.

    Returns
    -------
    list
        The value of the cell's last line.
    """
    errors = re.findall(r"^ERROR (\w+)", filename.read_text(), flags=re.MULTILINE)
    return sorted(set(errors))


# Lines here = in the cell: 20-21=3
