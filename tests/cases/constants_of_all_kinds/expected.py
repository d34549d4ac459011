"""Stage work, written from a notebook cell."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def work(
    path: str,
    *,
    start: dt.date,
    threshold: float,
    count: int,
    label: str,
    strict: bool,
    columns: list[str],
    limits: dict[str, int],
    size: Sequence[int],
    folder: Path,
    nothing: Any = None,
) -> dict[str, object]:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    start : dt.date
        A constant of the notebook; its value is in the contract.
    threshold : float
        A constant of the notebook; its value is in the contract.
    count : int
        A constant of the notebook; its value is in the contract.
    label : str
        A constant of the notebook; its value is in the contract.
    strict : bool
        A constant of the notebook; its value is in the contract.
    columns : list[str]
        A constant of the notebook; its value is in the contract.
    limits : dict[str, int]
        A constant of the notebook; its value is in the contract.
    size : Sequence[int]
        A constant of the notebook; its value is in the contract.
    folder : Path
        A constant of the notebook; its value is in the contract.
    nothing : Any
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    dict[str, object]
        The value of the cell's last line.
    """
    size = tuple(size)
    folder = Path(folder)
    days = (dt.date.fromisoformat(path) - start).days
    return {
        "value": threshold * count,
        "label": label,
        "strict": strict,
        "columns": [c.upper() for c in columns],
        "span": limits["high"] - limits["low"],
        "size": size + (1,),
        "days": days,
        "file": (folder / "x.txt").as_posix(),
        "nothing": nothing is None,
    }


# Lines here = in the cell: 57-67=1
