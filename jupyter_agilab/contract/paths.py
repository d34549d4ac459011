"""Paths in a contract: relative to its folder, with ``/``, and never in anybody's home folder."""

from __future__ import annotations

import os
import posixpath
import re
from contextlib import suppress
from pathlib import Path

from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import ContractError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE = re.compile(r"[A-Za-z]:/")
_TILDE = re.compile(r"~(/|$)|~[A-Za-z0-9_.-]+/")
_HOME = re.compile(r"(?:file://[^/]*)?(?:[A-Za-z]:)?/(?:home|Users|root)(?:/|$)")
_ROOT_ALONE = re.compile(r"(?:file://[^/]*)?(?:[A-Za-z]:)?/(?:home|Users)/?$")


def is_url(path: str) -> bool:
    """Say whether a path is a URL, which is never touched."""
    return _URL.match(path) is not None


def is_absolute(path: str) -> bool:
    r"""Say whether a path with ``/`` or ``\`` is absolute, on POSIX or on Windows."""
    path = path.replace("\\", "/")
    return path.startswith("/") or _DRIVE.match(path) is not None


def starts_with_tilde(path: str) -> bool:
    """Say whether a shell would expand the start of a path to a home folder."""
    return _TILDE.match(path.replace("\\", "/")) is not None


def is_in_home(path: str) -> bool:
    """Say whether an absolute path or ``file://`` URL lies in a home folder: this user's, or anybody's."""
    path = path.replace("\\", "/")
    if _HOME.match(path) and not _ROOT_ALONE.match(path):
        return True
    home = os.path.expanduser("~").replace("\\", "/")  # noqa: PTH111  # unlike Path.home, it never raises
    return home not in {"/", "~"} and (path == home or path.startswith(f"{home}/"))


def relative_form(path: str, folder: Path) -> str | None:
    """Give an absolute path relative to `folder`, also upwards; None unless both are in one home folder."""
    path = os.path.expanduser(path).replace("\\", "/")  # noqa: PTH111  # the path may hold wildcards; it is text
    if not is_absolute(path):
        return None
    for base in _forms_of(folder):
        with suppress(ValueError):  # another drive
            if is_in_home(posixpath.commonpath([posixpath.normpath(path), base])):
                return posixpath.relpath(path, base)
    return None


def relative_to_folder(path: str, folder: Path, *, key: str = "input") -> str:
    """Give a path as a contract holds it.

    Parameters
    ----------
    path
        A path, glob or URL as the author gave it.
    folder
        The contract's folder.
    key
        The contract key that the path is for; errors name it.

    Returns
    -------
    str
        A URL unchanged. Else with ``/`` between folders; an absolute path under `folder` relative to it,
        another absolute path as it is.

    Raises
    ------
    jupyter_agilab.errors.ContractError
        The path lies in a home folder outside `folder`, or starts with ``~``. A contract is shared with
        people who have other homes, so neither is ever written.
    """
    if is_url(path) and not is_in_home(path):
        return path
    plain = path if is_url(path) else path.replace("\\", "/")
    if is_absolute(plain):
        for base in _forms_of(folder):
            below = _below(posixpath.normpath(plain), base)
            if below is not None:
                return below
    if starts_with_tilde(plain) or is_in_home(plain):
        raise ContractError(f"{key} cannot be written as it is", [home_path_finding(plain, folder, key)])
    while plain.startswith("./") and len(plain) > 2:
        plain = plain[2:]
    return plain


def home_path_finding(path: str, folder: Path | None, key: str) -> Finding:
    """Say that a path names a home folder, with the relative form where there is one."""
    relative = relative_form(path, folder) if folder is not None else None
    what = "is not expanded in a contract" if starts_with_tilde(path) else "is in somebody's home folder"
    return Finding(
        code="contract.home-path",
        key=key,
        message=f"{key} must be a path that works for others too; {path!r} {what}",
        hint=f"write {relative!r}"
        if relative
        else "put the file beside the notebook and write a relative path",
    )


def _forms_of(folder: Path) -> tuple[str, str]:
    """Give a folder's absolute path as it was named, and with symbolic links resolved."""
    return folder.absolute().as_posix(), folder.resolve().as_posix()


def _below(path: str, base: str) -> str | None:
    if os.path.normcase(path) == os.path.normcase(base):
        return "."
    prefix = base.rstrip("/") + "/"
    if os.path.normcase(path).startswith(os.path.normcase(prefix)):
        return path[len(prefix) :]
    return None
