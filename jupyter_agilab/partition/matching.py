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
    """

    sources: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


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
    if (folder / pattern).is_file():
        return Matches([os.path.normpath(pattern).replace(os.sep, "/")])
    parts = [part for part in pattern.replace(os.sep, "/").split("/") if part not in {"", "."}]
    anchor = Path(pattern).anchor
    if anchor and parts and parts[0] == anchor.rstrip("/\\"):
        parts = parts[1:]
    walk = _Walk()
    base = Path(anchor) if anchor else folder
    walk.below(str(base), anchor.replace(os.sep, "/"), parts)
    return walk.matches()


class _Walk:
    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.linked: dict[str, str] = {}
        self.findings: list[Finding] = []

    def below(self, path: str, prefix: str, parts: list[str]) -> None:
        if not parts:
            return
        part, rest = parts[0], parts[1:]
        if part == "**":
            self.everywhere(path, prefix, rest or ["*"])
        elif is_pattern(part):
            matches = _matcher(part)
            for entry in self.entries(path):
                if matches(entry.name):
                    self.found(entry, prefix, rest)
        else:
            self.literal(path, prefix, part, rest)

    def literal(self, path: str, prefix: str, part: str, rest: list[str]) -> None:
        place = f"{path}/{part}"
        if rest:
            self.below(place, f"{prefix}{part}/", rest)
        elif Path(place).is_file():
            self.keep(place, prefix + part, is_link=Path(place).is_symlink())

    def found(self, entry: os.DirEntry[str], prefix: str, rest: list[str]) -> None:
        name = prefix + entry.name
        if rest:
            if entry.is_dir():
                self.below(entry.path, f"{name}/", rest)
        elif entry.is_file():
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
            self.files[source] = path

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
        return Matches(sorted(self.files), sorted(self.findings, key=lambda finding: finding.message))

    def resolve_links(self) -> None:
        known = {os.path.realpath(path): source for source, path in self.files.items()}
        for source, real in sorted(self.linked.items()):
            if real in known:
                self.tell(
                    "partition.linked-twice",
                    f"{source} is a link to {known[real]}, which is used already",
                    source,
                )
            else:
                known[real] = source
                self.files[source] = real


@lru_cache(maxsize=256)
def _matcher(part: str) -> Callable[[str], bool]:
    match = re.compile(fnmatch.translate(os.path.normcase(part))).match
    if part.startswith("."):
        return lambda name: match(os.path.normcase(name)) is not None
    return lambda name: not name.startswith(".") and match(os.path.normcase(name)) is not None
