"""Stage work, written from a notebook cell."""

from pathlib import Path


def work(path: str, *, out: str):
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    out : str
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    object
        The value of the cell's last line.
    """
    stem = Path(path).stem
    target = Path(out) / f"{stem}.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("done")
    with open("settings.txt", "w" if False else "r") as f:
        f.read()
    return target.as_posix()


# Lines here = in the cell: 21-27=1
