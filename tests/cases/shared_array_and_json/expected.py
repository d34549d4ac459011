"""Stage work, written from a notebook cell."""

import numpy as np


def work(path: str, *, names: list, weights: np.ndarray) -> dict[str, object]:
    """Process one file (stage work).

    Parameters
    ----------
    path : str
        The file; for a part of a file, one that holds exactly that part.
    names : list
        Shared data, loaded once for each worker.
    weights : np.ndarray
        Shared data, loaded once for each worker.

    Returns
    -------
    dict[str, object]
        The value of the cell's last line.
    """
    values = np.array([float(x) for x in path.split()])
    return {"name": names[len(values)], "score": float(values @ weights[: len(values)])}


# Lines here = in the cell: 23-24=1
