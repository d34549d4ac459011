"""Failures grouped by cause: what many failed partitions have in common, told once.

Failures come one by one and are forgotten; of each cause one example is kept, and the first few inputs. So
100,000 failures take no more memory than a few hundred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SHOWN_CAUSES = 3
"""How many causes a display shows in full; the others it counts."""

NOT_OF_FAILURE = frozenset({"v", "t", "type", "final", "wait_s"})
"""What the event of a failed partition has besides the fields of a failure."""

KEPT_INPUTS = 5
_MOST_CAUSES = 64
_MOST_MESSAGES = 8
_COMPARED_CHARACTERS = 1000

# which signal, exit code or HTTP status it was tells causes apart
_TELLING = "".join(f"(?<!{word} )" for word in ("signal", "code", "status", "errno", "error"))
_MASKS = (
    (r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`", "'…'"),
    # from the beginning of a word only, or a long one would be looked through once for each of its characters
    (r"(?<![\w.~+@%=-])(?:[A-Za-z]:)?[\w.~+@%=-]*(?:[/\\][\w.~+@%=-]+)+[/\\]?", "PATH"),
    (r"\b0x[0-9a-fA-F]+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b(?=[a-f]*\d)[0-9a-f]{12,}\b", "ID"),
    (r"\b\d[\d.,]*\s?(?:bytes?|[kMGTP]i?B)\b", "SIZE"),
    (rf"(?i){_TELLING}\b[-+]?\d[\d.,_:]*(?:e[-+]?\d+)?", "N"),
    (r"(?<=[^\W\d])\d+|\d+(?=[^\W\d])", "N"),
    (r"\s+", " "),
)

_Place = tuple[str, str, int]
_Key = tuple[str, str, int, str | None]
"""Kind, type of error, line of the module, and the masked message; None where messages tell nothing apart."""

_OTHERS: _Place = ("raised", "various errors", 0)


@dataclass(slots=True, kw_only=True)
class Cause:
    """One cause of failures: same kind, same type of error, same place, messages that are alike.

    Attributes
    ----------
    kind, error_type, message
        Of the first failure; without the partition's name before the message.
    is_one_message
        Whether all failures have that very message.
    partitions
        How many partitions failed for good. 0: each went well when it was tried again, or still may.
    attempts
        How many attempts failed, those that were tried again included.
    first, last
        Seconds since the epoch.
    inputs
        The first few failed partitions, each with ``index``, ``partition`` (its id) and ``described``.
    where
        Notebook, cell and line, or the module and its line; empty where the author's code is not the place.
    source_line
        The text of that line.
    example
        The first failure for good (the first of all until there is one): the fields of
        `jupyter_agilab.run.types.Failure`, with the traceback mapped to the notebook.
    """

    kind: str
    error_type: str
    message: str
    is_one_message: bool = True
    partitions: int = 0
    attempts: int = 0
    first: float = 0.0
    last: float = 0.0
    inputs: list[dict[str, Any]] = field(default_factory=list)
    where: str = ""
    source_line: str = ""
    example: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give the stable JSON form."""
        return {
            "kind": self.kind,
            "error_type": self.error_type,
            "message": self.message,
            "is_one_message": self.is_one_message,
            "where": self.where,
            "source_line": self.source_line,
            "partition_count": self.partitions,
            "attempts": self.attempts,
            "first": self.first,
            "last": self.last,
            "inputs": self.inputs,
            "example": self.example,
        }


class Causes:
    """Groups failures as they come."""

    def __init__(self) -> None:
        self._causes: dict[_Key, Cause] = {}
        self._messages: dict[_Place, list[_Key]] = {}

    def add(self, event: Mapping[str, Any]) -> Cause | None:
        """Count one ``partition.failed`` event; give its cause where the event is the cause's example now."""
        kind = kind_of(event)
        message = message_of(event)
        lines = event.get("module_lines") or (0,)
        place = (kind, str(event["error_type"]), int(lines[-1]))
        cause = self._cause(place, masked(message, str(event["described"])))
        is_final = bool(event.get("final", True))
        is_first = not cause.attempts
        time = float(event.get("t", 0.0))
        if is_first:
            cause.message = message
            cause.first = time
        elif cause.is_one_message and message != cause.message:
            cause.is_one_message = False
        takes_example = is_first or (is_final and not cause.partitions)
        cause.attempts += 1
        cause.last = time
        if is_final:
            cause.partitions += 1
            if len(cause.inputs) < KEPT_INPUTS:
                cause.inputs.append({name: event[name] for name in ("index", "partition", "described")})
        if not takes_example:
            return None
        cause.example = {name: value for name, value in event.items() if name not in NOT_OF_FAILURE}
        cause.source_line = str(event.get("source_line") or "")
        return cause

    def __iter__(self) -> Iterator[Cause]:
        """Give the causes of failures for good, those of most partitions first."""
        return iter(sorted(filter(_is_final, self._causes.values()), key=_rank))

    def __len__(self) -> int:
        return sum(map(_is_final, self._causes.values()))

    def passing(self) -> list[Cause]:
        """Give the causes of failed attempts of which no partition failed for good: all were tried again."""
        return sorted((cause for cause in self._causes.values() if not cause.partitions), key=_rank)

    def _cause(self, place: _Place, message: str) -> Cause:
        cause = self._causes.get((*place, message)) or self._causes.get((*place, None))
        if cause is not None:
            return cause
        key: _Key = (*place, message)
        if len(self._causes) >= _MOST_CAUSES:
            # too many to tell apart: what is left is counted together
            place, key = _OTHERS, (*_OTHERS, None)
            if key in self._causes:
                return self._causes[key]
        keys = self._messages.setdefault(place, [])
        if len(keys) >= _MOST_MESSAGES:
            return self._joined(place, keys)
        keys.append(key)
        cause = self._causes[key] = Cause(kind=place[0], error_type=place[1], message="")
        return cause

    def _joined(self, place: _Place, keys: list[_Key]) -> Cause:
        """Take all causes at one place together: there, messages do not tell causes apart."""
        first, *others = sorted((self._causes.pop(key) for key in keys), key=lambda cause: cause.first)
        for cause in others:
            first.partitions += cause.partitions
            first.attempts += cause.attempts
            first.last = max(first.last, cause.last)
            first.inputs = [*first.inputs, *cause.inputs][:KEPT_INPUTS]
        first.is_one_message = False
        keys[:] = [(*place, None)]
        self._causes[*place, None] = first
        return first


def _is_final(cause: Cause) -> bool:
    return cause.partitions > 0


def _rank(cause: Cause) -> tuple[int, float]:
    return -cause.partitions, cause.first


def kind_of(failure: Mapping[str, Any]) -> str:
    """Give how a partition failed, also from the journal of an older version, which did not say."""
    return str(failure.get("kind") or ("died" if failure["error_type"] == "WorkerLost" else "raised"))


def message_of(failure: Mapping[str, Any]) -> str:
    """Give a failure's message without the partition's name before it, which every display says already."""
    prefix = f"partition {failure['partition']} ({failure['described']}): "
    return str(failure["message"]).removeprefix(prefix)


def masked(message: str, described: str = "") -> str:
    """Give a message without what differs from partition to partition: numbers, paths, quoted values.

    Exit codes, signals and the like stay. Only the first 1,000 characters count.
    """
    text = message[:_COMPARED_CHARACTERS]
    if described:
        text = text.replace(described, "PARTITION")
    for pattern, mask in _MASKS:
        # `re` keeps them compiled
        text = re.sub(pattern, mask, text)
    return text.strip()


def inputs_in_words(cause: Cause, *, shown: int = SHOWN_CAUSES) -> str:
    """Name the first inputs of a cause and count the others."""
    named = [f"partition {each['index']:,} ({each['described']})" for each in cause.inputs[:shown]]
    more = cause.partitions - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more > 0 else "")


def title_of(cause: Cause) -> str:
    """Say in a line which partitions failed, and where in the author's code."""
    where = f", {cause.where}" if cause.where else ""
    if cause.partitions > 1:
        return f"{cause.partitions:,} partitions{where}: {inputs_in_words(cause)}"
    attempt = cause.example.get("attempt", 1)
    return f"{inputs_in_words(cause)}{where}" + (f", attempt {attempt}" if attempt > 1 else "")


def rest_of(causes: Sequence[Cause]) -> str:
    """Count the causes that a display does not show; empty where it shows all."""
    left = causes[SHOWN_CAUSES:]
    partitions = sum(cause.partitions for cause in left)
    if not left:
        return ""
    causes_told = "1 more cause" if len(left) == 1 else f"{len(left):,} more causes"
    partitions_told = "1 failed partition" if partitions == 1 else f"{partitions:,} failed partitions"
    return f"... and {causes_told} with {partitions_told}"
