"""Stage descend, written from a notebook cell."""

import numpy as np


def descend(lr: float, momentum: float, *, steps: int) -> dict[str, object]:
    """Gradient descent on a parabola.

    Parameters
    ----------
    lr : float
        One value of the sweep.
    momentum : float
        One value of the sweep.
    steps : int
        A constant of the notebook; its value is in the contract.

    Returns
    -------
    dict[str, object]
        The value of the cell's last line.
    """
    x, v = 5.0, 0.0
    for _ in range(steps):
        v = momentum * v - lr * 2 * x
        x += v
    return {"lr": lr, "momentum": momentum, "x": float(np.round(x, 6))}


# Lines here = in the cell: 23-27=3
