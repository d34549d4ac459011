"""What an author may have meant with an input that matches nothing."""

from __future__ import annotations

import fnmatch
import os
from collections import Counter
from itertools import islice
from pathlib import Path

from jupyter_agilab.diagnostics import Finding, did_you_mean
from jupyter_agilab.partition.matching import is_pattern, match_files

_MOST_NAMES = 10_000


def no_input(pattern: str, folder: Path) -> Finding:
    """Give the error for an input that matches no file, with near misses: another case, suffix or folder."""
    return Finding(
        code="plan.no-input",
        message=f"no file matches {pattern!r} in {folder}",
        level="environment",
        key="input",
        hint=_hint(pattern, folder),
    )


def _hint(pattern: str, folder: Path) -> str:
    if "://" in pattern:
        return "nothing is there, its server does not answer, or it cannot list what it has: name the files"
    if "{" in pattern:
        return 'braces are not part of a pattern: list the files in a manifest, `input = "@files.txt"`'
    place, parts = _deepest_folder(pattern, folder)
    where = _shown(place, folder)
    if not parts:
        return f"{pattern} is a folder: write {pattern.rstrip('/')}/* or name a suffix"
    try:
        with os.scandir(place) as entries:
            names = sorted(entry.name for entry in islice(entries, _MOST_NAMES))
    except OSError as error:
        return f"{where} cannot be read: {error.strerror}"
    if len(parts) > 1 and not is_pattern(parts[0]):
        near = _other_case(parts[0], names) or did_you_mean(parts[0], names)
        return f"there is no folder {parts[0]!r} in {where}" + (f"; {near}" if near else "")
    return _among(parts, names, pattern, place, where, folder)


def _among(parts: list[str], names: list[str], pattern: str, place: Path, where: str, folder: Path) -> str:
    last = parts[-1]
    if len(parts) == 1:
        near = _other_case(last, names)
        if near:
            return near
        matching = [name for name in names if fnmatch.fnmatch(name, last)]
        if any((place / name).is_dir() for name in matching):
            return f"only folders match: write {pattern}/* for the files in them"
        if matching:
            return f"only hidden files match ({matching[0]}); they are left out"
        if not is_pattern(last):
            near = did_you_mean(last, names)
            if near:
                return near
        if not pattern.startswith("/") and "**" not in pattern:
            deeper = f"{pattern.removesuffix(last)}**/{last}"
            found = len(match_files(deeper, folder).sources)
            if found:
                return f"{deeper} matches {found:,} in folders below {where}"
    return _what_is_there(place, names, where)


def _what_is_there(place: Path, names: list[str], where: str) -> str:
    suffixes = Counter(
        Path(name).suffix or "no suffix"
        for name in names
        if not name.startswith(".") and (place / name).is_file()
    )
    if not suffixes:
        return f"{where} has no files" if names else f"{where} is empty"
    told = ", ".join(f"{count:,} with {suffix}" for suffix, count in suffixes.most_common(3))
    return f"files in {where}: {told}"


def _other_case(wanted: str, names: list[str]) -> str:
    near = [
        name
        for name in names
        if fnmatch.fnmatchcase(name.lower(), wanted.lower()) and not name.startswith(".")
    ]
    near = [name for name in near if not fnmatch.fnmatch(name, wanted)]
    if not near:
        return ""
    return f"upper and lower case differ: {near[0]}" + (
        f" and {len(near) - 1:,} more" if len(near) > 1 else ""
    )


def _deepest_folder(pattern: str, folder: Path) -> tuple[Path, list[str]]:
    """Give the deepest folder that the pattern names literally, and what is left of the pattern."""
    path = Path(pattern)
    place = Path(path.anchor) if path.anchor else folder
    parts = [part for part in path.parts if part != path.anchor]
    while parts and not is_pattern(parts[0]) and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    return place, parts


def _shown(place: Path, folder: Path) -> str:
    if place == folder:
        return "the contract's folder"
    return place.relative_to(folder).as_posix() if place.is_relative_to(folder) else str(place)
