"""Some of a plan's partitions, chosen as a person writes them: ``failed``, ``changed``, ids, ``3-7``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from jupyter_agilab.diagnostics import did_you_mean
from jupyter_agilab.errors import UsageError
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.run.reasons import CHANGED, Explanation, ReasonKind

Only = str | int | Iterable[str | int]
"""``"failed"``, ``"changed"``, or partitions: plan indexes, ids or their beginnings, ranges like ``3-7``."""

_WORDS: dict[str, frozenset[ReasonKind]] = {"failed": frozenset(("failed",)), "changed": CHANGED}
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_ID = re.compile(r"[0-9a-f]{6,16}")
_ID_DIGITS = 16
_HINT = "write failed, changed, or partitions as `plan` lists them: 4, 3-7, an id, or several with commas"


def select(only: Only, partitions: Sequence[Partition], explain: Callable[[], Explanation]) -> list[int]:
    """Give the plan's indexes of the chosen partitions, ascending.

    Parameters
    ----------
    only
        What was asked for; words in one text have commas between them.
    partitions
        The plan's.
    explain
        Gives the reasons of all partitions; called where they are needed.

    Raises
    ------
    UsageError
        It cannot be understood, no partition is meant by a part of it, or none failed or changed.
    """
    words = _words(only)
    found: set[int] = set()
    ids: list[str] = []
    for word in words:
        kinds = _WORDS.get(word)
        if kinds is not None:
            chosen = explain().indexes(kinds)
            if not chosen and len(words) == 1:
                what = "failed last time" if word == "failed" else "has changed since its result was made"
                raise UsageError(
                    f"no partition {what}", hint="see why each one will run, or not: jupyter agilab explain"
                )
            found.update(chosen)
        elif _is_id(word, len(partitions)):
            ids.append(word)
        else:
            found.update(_range(word, len(partitions)))
    found.update(_with_ids(ids, partitions))
    return sorted(found)


def _words(only: Only) -> list[str]:
    parts = [only] if isinstance(only, str | int) else list(only)
    words = [word.strip() for part in parts for word in str(part).split(",")]
    words = [word for word in words if word]
    if not words:
        raise UsageError("`only` names no partition", hint=_HINT)
    return words


def _is_id(word: str, count: int) -> bool:
    # a number is written without zeros before it
    if word.isdigit() and word == str(int(word)) and int(word) < count:
        return False
    return _ID.fullmatch(word) is not None


def _range(word: str, count: int) -> range:
    parsed = _RANGE.fullmatch(word)
    if parsed is None:
        near = did_you_mean(word, _WORDS)
        raise UsageError(f"`only` cannot have {word!r}", hint=near or _HINT)
    first, last = int(parsed[1]), int(parsed[2] or parsed[1])
    if first > last or last >= count:
        raise UsageError(f"the plan has partitions 0 to {count - 1}; `only` asks for {word}", hint=_HINT)
    return range(first, last + 1)


def _with_ids(ids: list[str], partitions: Sequence[Partition]) -> set[int]:
    """Find partitions by their ids or the beginnings of those; all in one pass over the plan."""
    if not ids:
        return set()
    whole = {word for word in ids if len(word) == _ID_DIGITS}
    starts = tuple(word for word in ids if len(word) < _ID_DIGITS)
    matches: dict[str, list[int]] = {word: [] for word in ids}
    for partition in partitions:
        if partition.id in whole:
            matches[partition.id].append(partition.index)
        if starts and partition.id.startswith(starts):
            for word in starts:
                if partition.id.startswith(word):
                    matches[word].append(partition.index)
    for word, indexes in matches.items():
        if len(indexes) != 1:
            what = f"{len(indexes)} partitions have ids that start with" if indexes else "no partition is"
            raise UsageError(
                f"{what} {word!r}", hint="`jupyter agilab plan --partitions` lists them with their ids"
            )
    return {indexes[0] for indexes in matches.values()}
