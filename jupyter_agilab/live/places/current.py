"""The active place: the innermost ``with`` block's, else the one that was started last."""

from __future__ import annotations

from jupyter_agilab.errors import NoPlaceError
from jupyter_agilab.live.active import blocks, for_good
from jupyter_agilab.live.places.place import Place


def active_place(asked_by: str) -> Place:
    """Give the active place.

    Raises
    ------
    NoPlaceError
        There is none; the message names who asked.
    """
    around: tuple[Place, ...] = blocks.get()
    if around:
        return around[-1]
    if for_good:
        last: Place = for_good[-1]
        return last
    raise NoPlaceError(
        f"no place is active where {asked_by} could run",
        hint='put it into a block `with use_pool():` or `with use_cluster("NAME"):`, or make a place active '
        "with its start(); a task's own function, without any place, is its .unwrapped",
    )
