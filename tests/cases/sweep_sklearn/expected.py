"""Stage work, written from a notebook cell."""

from typing import Any

from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score


def work(n_estimators: Any, max_depth: Any, *, seed: int) -> dict[str, object]:
    """Compute one set of parameters (stage work).

    Parameters
    ----------
    n_estimators : Any
        One value of the sweep.
    max_depth : Any
        One value of the sweep.
    seed : int
        Seed of this partition, the same whatever worker it runs on.

    Returns
    -------
    dict[str, object]
        The value of the cell's last line.
    """
    X, y = load_iris(return_X_y=True)
    model = RandomForestClassifier(
        n_estimators=n_estimators, max_depth=max_depth, random_state=seed
    )
    scores = cross_val_score(model, X, y, cv=3)
    return {"mean": scores.mean(), "spread": scores.std()}


# Lines here = in the cell: 27-32=1
