"""Files that match a pattern, as ``glob`` finds them, sorted, each file once."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.partition.stores import FOLDER_SUFFIX, Seen

_MAGIC = re.compile(r"[*?[]")


@dataclass(slots=True)
class Matches:
    """What a pattern found.

    Attributes
    ----------
    sources
        Regular files, sorted as text, relative to the folder with ``/`` unless the pattern is absolute.
    findings
        Links left out, folders that could not be read.
    seen
        Size and time of those that they were told of on the way.
    stats
        The same of plain local files, as pairs of bytes and nanoseconds: there may be a million.
    """

    sources: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)
    stats: dict[str, tuple[int, int] | None] = field(default_factory=dict)


def is_pattern(text: str) -> bool:
    """Whether `text` has one of the signs ``* ? [``."""
    return _MAGIC.search(text) is not None


def match_files(pattern: str, folder: Path) -> Matches:
    """Find the files that `pattern` names.

    ``*``, ``?`` and ``[...]`` match within one name, ``**`` any number of folders, also none. Names that
    begin with a dot match only where the pattern writes the dot. A pattern that is the exact name of a file
    means that file. Linked folders are entered once, never in circles, and a file that is found directly is
    not found again through a link.
    """
    if _is_input(folder / pattern):
        return Matches([os.path.normpath(pattern).replace(os.sep, "/")])
    parts = [part for part in pattern.replace(os.sep, "/").split("/") if part not in {"", "."}]
    anchor = Path(pattern).anchor
    if anchor and parts and parts[0] == anchor.rstrip("/\\"):
        parts = parts[1:]
    base = Path(anchor) if anchor else folder
    walk = _Walk(folder)
    walk.below(str(base), anchor.replace(os.sep, "/"), parts)
    return walk.matches()


def would_match(pattern: str, name: str) -> bool:
    """Say whether `match_files` would find a file of that name, if it were there; links are not followed."""
    wanted, given = (_parts(os.path.normpath(text)) for text in (pattern, name))
    return _fits(wanted, given)


def _parts(text: str) -> list[str]:
    return text.replace(os.sep, "/").split("/")


def _fits(wanted: list[str], given: list[str]) -> bool:
    if not wanted:
        return not given
    part, rest = wanted[0], wanted[1:]
    if part == "**":
        if _fits(rest or ["*"], given):
            return True
        return bool(given) and not given[0].startswith(".") and _fits(wanted, given[1:])
    if not given:
        return False
    fits = bool(_matcher(part)(given[0])) if is_pattern(part) else part == given[0]
    return fits and _fits(rest, given[1:])


class _Walk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, tuple[int, int] | None] = {}
        self.linked: dict[str, str] = {}
        self.findings: list[Finding] = []

    def below(self, path: str, prefix: str, parts: list[str]) -> None:
        if not parts:
            return
        part, rest = parts[0], parts[1:]
        if part == "**":
            self.everywhere(path, prefix, rest or ["*"])
        elif is_pattern(part):
            matches, files = _matcher(part), self.files
            for entry in self.entries(path):
                name = entry.name
                if not matches(name):
                    continue
                if rest or entry.is_symlink() or not entry.is_file():
                    self.found(entry, prefix, rest)
                    continue
                try:
                    # here it costs half of what it does later
                    seen = entry.stat()
                except OSError:
                    files[prefix + name] = None
                else:
                    files[prefix + name] = (seen.st_size, seen.st_mtime_ns)
        else:
            self.literal(path, prefix, part, rest)

    def literal(self, path: str, prefix: str, part: str, rest: list[str]) -> None:
        place = f"{path}/{part}"
        if rest:
            self.below(place, f"{prefix}{part}/", rest)
        elif _is_input(Path(place)):
            self.keep(place, prefix + part, is_link=Path(place).is_symlink())

    def found(self, entry: os.DirEntry[str], prefix: str, rest: list[str]) -> None:
        name = prefix + entry.name
        if rest:
            if entry.is_dir():
                self.below(entry.path, f"{name}/", rest)
        elif entry.is_file() or (entry.name.endswith(FOLDER_SUFFIX) and entry.is_dir()):
            self.keep(entry.path, name, is_link=entry.is_symlink())
        elif entry.is_symlink() and not entry.is_dir():
            self.tell("partition.broken-link", f"{name} is a link to nothing; it is left out", name)

    def everywhere(self, path: str, prefix: str, rest: list[str]) -> None:
        """Match `rest` in a folder and in all folders below it; real folders first, then linked ones."""
        waiting = [(path, prefix)]
        links: list[tuple[str, str]] = []
        entered: set[str] = set()
        while waiting or links:
            is_link = not waiting
            here, name = waiting.pop() if waiting else links.pop()
            real = os.path.realpath(here)
            if real in entered:
                if is_link:
                    self.tell(
                        "partition.linked-folder", f"{name} leads to a folder that was searched already", name
                    )
                continue
            entered.add(real)
            self.below(here, name, rest)
            for entry in self.entries(here):
                if entry.is_dir() and not entry.name.startswith("."):
                    (links if entry.is_symlink() else waiting).append((entry.path, f"{name}{entry.name}/"))
            links.sort(reverse=True)

    def entries(self, path: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(path) as entries:
                yield from entries
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self.tell(
                "partition.unreadable-folder",
                f"the folder {path} cannot be read, so files in it may be missing: {error.strerror}",
                path,
            )

    def keep(self, path: str, source: str, *, is_link: bool) -> None:
        if is_link:
            self.linked[source] = os.path.realpath(path)
        else:
            self.files.setdefault(source, None)

    def tell(self, code: str, message: str, path: str) -> None:
        self.findings.append(
            Finding(
                code=code,
                message=message,
                level="environment",
                severity="warning",
                key="input",
                path=path.rstrip("/"),
            )
        )

    def matches(self) -> Matches:
        if self.linked:
            self.resolve_links()
        told = sorted(self.findings, key=lambda finding: finding.message)
        return Matches(sorted(self.files), told, stats=self.files)

    def resolve_links(self) -> None:
        known = {os.path.realpath(self.folder / source): source for source in self.files}
        for source, real in sorted(self.linked.items()):
            if real in known:
                self.tell(
                    "partition.linked-twice",
                    f"{source} is a link to {known[real]}, which is used already",
                    source,
                )
            else:
                known[real] = source
                self.files[source] = None


def _is_input(path: Path) -> bool:
    return path.is_file() or (path.name.endswith(FOLDER_SUFFIX) and path.is_dir())


@lru_cache(maxsize=256)
def _matcher(part: str) -> Callable[[str], bool]:
    if part.startswith("*") and not is_pattern(part[1:]) and os.path.normcase("A") == "A":
        # the usual one, and the quickest
        ending = part[1:]
        return lambda name: name.endswith(ending) and name[0] != "."
    match = re.compile(fnmatch.translate(os.path.normcase(part))).match
    if part.startswith("."):
        return lambda name: match(os.path.normcase(name)) is not None
    return lambda name: not name.startswith(".") and match(os.path.normcase(name)) is not None
