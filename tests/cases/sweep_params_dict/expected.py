"""Stage work, written from a notebook cell."""

from typing import Any


def work(params: dict[str, Any]) -> dict:
    """Compute one set of parameters (stage work).

    Parameters
    ----------
    params : dict[str, Any]
        All parameters of one set.

    Returns
    -------
    dict
        The value of the cell's last line.
    """
    score = params["a"] ** 2 + params["b"]
    return dict(params, score=score)


# Lines here = in the cell: 19-20=1
