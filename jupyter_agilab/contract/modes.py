"""AGILAB's mode number: which of four ways of running a stage are used together, and how it is spelled out.

Bits, letters and labels are those of ``agi_distributor`` in https://github.com/ThalesGroup/agilab. A person
never types the number: it is computed from what is asked for, and told in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.errors import UsageError

Part = Literal["pool", "cython", "cluster", "rapids"]

PARTS: tuple[Part, ...] = get_args(Part)
BITS: dict[Part, int] = {"pool": 1, "cython": 2, "cluster": 4, "rapids": 8}
# AGILAB calls the cluster Dask
_LETTERS: dict[Part, str] = {"rapids": "r", "cluster": "d", "cython": "c", "pool": "p"}
# the order in which AGILAB's page names the parts of 13
_SAID_FIRST: tuple[Part, ...] = ("cluster", "rapids", "pool", "cython")
ALL = sum(BITS.values())


@dataclass(frozen=True, slots=True)
class Mode:
    """A set of the four parts; none of them is plain local Python.

    Attributes
    ----------
    parts
        What is on: worker processes or threads (pool), a compiled module (cython), several machines
        (cluster), GPUs (rapids).
    """

    parts: frozenset[Part]

    @property
    def number(self) -> int:
        """The sum of the bits, 0 to 15."""
        return sum(BITS[part] for part in self.parts)

    @property
    def letters(self) -> str:
        """AGILAB's four letters, ``rdcp``, with ``_`` for what is off."""
        return "".join(letter if part in self.parts else "_" for part, letter in _LETTERS.items())

    @property
    def spelled(self) -> str:
        """In words: ``13 = 4 + 8 + 1 (cluster, rapids, pool)``."""
        if not self.parts:
            return "0 (plain local)"
        said = [part for part in _SAID_FIRST if part in self.parts]
        if len(said) == 1:
            return f"{self.number} ({said[0]} only)"
        if len(said) == len(PARTS):
            # all four, in the order of their bits
            said = list(PARTS)
        which = "all four: " if len(said) == len(PARTS) else ""
        return f"{self.number} = {' + '.join(str(BITS[part]) for part in said)} ({which}{', '.join(said)})"

    def __contains__(self, part: object) -> bool:
        return part in self.parts


def mode_of(*parts: str) -> Mode:
    """Give the mode with these parts; the order and repetitions do not matter.

    Raises
    ------
    UsageError
        A part that there is not.
    """
    known = frozenset(PARTS)
    for part in parts:
        if part not in known:
            raise UsageError(
                f"a mode is made of {', '.join(PARTS)}; {part!r} is none of them",
                hint=did_you_mean(part, PARTS),
            )
    return Mode(frozenset(part for part in PARTS if part in parts))


def mode_numbered(number: object) -> Mode:
    """Read AGILAB's number.

    Raises
    ------
    UsageError
        It is no integer from 0 to 15.
    """
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= ALL:
        raise UsageError(f"a mode is a number from 0 to {ALL}; got {number!r}")
    return Mode(frozenset(part for part, bit in BITS.items() if number & bit))


def mode_lettered(letters: str) -> Mode:
    """Read AGILAB's letters: ``dp`` and ``_d_p`` are 5. Other letters are passed over, as there."""
    return Mode(frozenset(part for part, letter in _LETTERS.items() if letter in letters))


def require_enabled(mode: Mode, enabled: Mode) -> None:
    """Refuse a run's mode that asks for more than was installed.

    Raises
    ------
    UsageError
        `mode` is no subset of `enabled`; names what is too much.
    """
    lacking = [part for part in PARTS if part in mode.parts - enabled.parts]
    if lacking:
        raise UsageError(
            f"the mode {mode.spelled} needs {_and(lacking)}, and enabled is {enabled.spelled}",
            hint=f"enable {_and(lacking)} too, or run without",
        )


def _and(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
