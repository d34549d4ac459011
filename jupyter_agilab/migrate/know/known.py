"""What a table says of one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Effect = Literal[
    "pure",
    "mutates",
    "draws",
    "plots",
    "figure",
    "shows",
    "prints",
    "writes",
    "handle",
    "global",
    "asks",
    "exits",
]
"""What a call does besides giving a value.

``mutates``: its object or, of a function, its first argument; ``draws``: takes from a global random
generator; ``plots``: draws on the current figure; ``figure``: starts a figure of its own; ``shows``: shows
the current figure and starts afresh; ``writes``: a file; ``handle``: gives an open file or connection;
``global``: changes the state of the process; ``asks``: waits for a person; ``exits``: ends the program.
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What a call does.

    Attributes
    ----------
    effect
        See `Effect`.
    gives
        The kind of its value (`jupyter_agilab.migrate.prove.values`), empty where unknown.
    shares
        The value may share memory or elements with the object or the arguments.
    is_cheap
        It cannot take long, whatever it gets.
    detail
        Of ``draws`` the generator (``numpy``, ``random``, ``torch``); of ``writes`` the position or keyword
        of the path, as ``0`` or ``path``; of ``global`` what it changes.
    """

    effect: Effect = "pure"
    gives: str = ""
    shares: bool = False
    is_cheap: bool = False
    detail: str = ""
