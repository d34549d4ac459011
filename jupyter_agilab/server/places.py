"""Paths that come from a browser, confined to the folder that the server shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jupyter_agilab.errors import UsageError

Kind = Literal["file", "folder"]

MOST_BYTES = 4096
_MOST_NAME_BYTES = 255
_HINT = "give a path relative to the folder that the server was started in, with / between names"


@dataclass(frozen=True, slots=True)
class Root:
    """The folder that the server shows.

    Attributes
    ----------
    path
        Absolute, without links.
    allow_hidden
        Whether names that begin with a dot can be asked for: Jupyter's ``ContentsManager.allow_hidden``.
    """

    path: Path
    allow_hidden: bool = False

    def find(self, text: str, kind: Kind | None = None, *, must_exist: bool = True) -> Path:
        """Give the absolute path for a path of a request; the empty one is the root itself.

        Links are followed to see that they stay below the root; what is given back has them as they were
        asked for.

        Raises
        ------
        UsageError
            It is no path below the root, or not of the `kind` asked for.
        FileNotFoundError
            It is not there, leads out of the root, or is hidden.
        """
        names = _names(text)
        missing = FileNotFoundError(f"{text!r} is not there")
        if not self.allow_hidden and any(name.startswith(".") for name in names):
            raise missing
        path = self.path.joinpath(*names)
        if not self.holds(path):
            raise missing
        try:
            is_there, is_folder, is_file = path.exists(), path.is_dir(), path.is_file()
        except OSError:
            raise missing from None
        if must_exist and not is_there:
            raise missing
        if is_there and not (is_folder or is_file):
            # reading a pipe may never end
            raise UsageError(f"{text!r} is neither a file nor a folder")
        if is_there and kind is not None and is_folder != (kind == "folder"):
            raise UsageError(f"{text!r} is {'a folder' if is_folder else 'a file'}; a {kind} was expected")
        return path

    def holds(self, path: Path) -> bool:
        """Say whether a path, all links followed, is below the root and not hidden there."""
        inside = self._inside(path)
        return inside is not None and (
            self.allow_hidden or not any(name.startswith(".") for name in inside.parts)
        )

    def keeps(self, path: Path) -> bool:
        """Say whether a path, all links followed, is below the root, be it hidden there or not."""
        return self._inside(path) is not None

    def _inside(self, path: Path) -> Path | None:
        try:
            resolved = path.resolve()
        except (OSError, RuntimeError, ValueError):
            # a link that leads to itself
            return None
        return resolved.relative_to(self.path) if resolved.is_relative_to(self.path) else None

    def told(self, path: Path | str) -> str:
        """Give a path as answers have it: relative to the root, with ``/``; empty where it is outside."""
        path = Path(path)
        for base in (path, path.resolve()):
            if base.is_relative_to(self.path):
                relative = base.relative_to(self.path).as_posix()
                return "" if relative == "." else relative
        return ""

    def without_root(self, text: str) -> str:
        """Give a message with the root taken off its paths: where the server's folder lies is not told."""
        if self.path == self.path.parent:
            # the root of all: nothing is outside, and each / would be taken for it
            return text
        return text.replace(f"{self.path}/", "").replace(str(self.path), ".")

    def plain(self, value: Any) -> Any:
        """Do the same with all texts in a JSON value."""
        if isinstance(value, str):
            return self.without_root(value) if "/" in value else value
        if isinstance(value, dict):
            return {key: self.plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(each) for each in value]
        return value


def _names(text: str) -> list[str]:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise UsageError("the path is not text that a file can be named by", hint=_HINT) from None
    if size > MOST_BYTES:
        raise UsageError(f"the path has {size:,} bytes; {MOST_BYTES:,} are allowed", hint=_HINT)
    if any(ord(character) < 32 or character == "\x7f" for character in text):
        raise UsageError("the path has a control character", hint=_HINT)
    if "\\" in text:
        raise UsageError(f"the path {text!r} has a backslash", hint=_HINT)
    if text.startswith("/"):
        raise UsageError(f"the path {text!r} is absolute", hint=_HINT)
    names = [name for name in text.split("/") if name not in {"", "."}]
    if ".." in names:
        raise UsageError(f"the path {text!r} leads upwards", hint=_HINT)
    if any(len(name.encode()) > _MOST_NAME_BYTES for name in names):
        raise UsageError("the path has a name that is too long for a file", hint=_HINT)
    return names
