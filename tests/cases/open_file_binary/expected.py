"""Stage work, written from a notebook cell."""

import zlib
from typing import BinaryIO


def work(file: BinaryIO):
    """Process one file (stage work).

    Parameters
    ----------
    file : BinaryIO
        Open file that holds exactly the partition.

    Returns
    -------
    object
        ``checksum``, the value of the cell's last line.
    """
    checksum = 0
    while block := file.read(4096):
        checksum = zlib.crc32(block, checksum)
    return checksum


# Lines here = in the cell: 20-23=3
