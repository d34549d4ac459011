"""What is said about files that could not be cut as wished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.source import InputFile

_NAMED = 3


def uncut_files(files: Sequence[InputFile], reasons: Mapping[int, str]) -> list[Finding]:
    """Give one warning for each reason why files cannot be cut; `reasons` is by place in `files`."""
    by_reason: dict[str, list[str]] = {}
    for place, reason in sorted(reasons.items()):
        by_reason.setdefault(reason, []).append(files[place].source)
    return [
        Finding(
            code="partition.unsplittable",
            message=f"{names_of(sources)} cannot be cut, so {_as_one(len(sources))}: {reason}",
            level="environment",
            severity="warning",
            key="input",
            path=sources[0],
        )
        for reason, sources in by_reason.items()
    ]


def empty_files(files: Sequence[InputFile], rows: Sequence[int] | None = None) -> list[Finding]:
    """Give a note for files without content; `rows` tells more than their size where it is known."""
    counts = rows if rows is not None else [file.size for file in files]
    empty = [file.source for file, count in zip(files, counts, strict=True) if not count or not file.size]
    if not empty:
        return []
    return [
        Finding(
            code="plan.empty-file",
            message=f"{names_of(empty)} {'holds' if len(empty) == 1 else 'hold'} no records, "
            f"and {'is a partition' if len(empty) == 1 else 'are partitions'} all the same",
            level="environment",
            severity="info",
            key="input",
            path=empty[0],
            hint="the function is called with the empty file, so that no input is dropped silently",
        )
    ]


def shortfall_of(wanted: int, made: int, uncut: int, short: Sequence[str]) -> str:
    """Say why fewer partitions than wanted came out; empty where as many did."""
    if made >= wanted:
        return ""
    reasons = []
    if uncut:
        reasons.append(f"{uncut:,} {'file' if uncut == 1 else 'files'} cannot be cut")
    if short:
        reasons.append(f"{names_of(short)} {'has' if len(short) == 1 else 'have'} too few records")
    return " and ".join(reasons) or "the files are too small"


def _as_one(count: int) -> str:
    return "it is one partition" if count == 1 else "each is one partition"


def names_of(sources: Sequence[str]) -> str:
    """Give a few names and the number of the others."""
    told = ", ".join(sources[:_NAMED])
    return told if len(sources) <= _NAMED else f"{told} and {len(sources) - _NAMED:,} more"
