"""What a contract must never hold: secrets, and paths into somebody's home."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Any

_SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|passphrase|pwd|secret|secret_key|api_?key|access_?key|private_?key|auth_?token|"
    r"access_?token|bearer_?token|api_?token|token|credentials?)\d*$",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"""(
    \b(AKIA|ASIA)[0-9A-Z]{16}\b                         # AWS access key ids
  | \bgh[pousr]_[A-Za-z0-9]{30,}                        # GitHub tokens
  | \bgithub_pat_[A-Za-z0-9_]{30,}
  | \bglpat-[A-Za-z0-9_-]{20,}                          # GitLab
  | \bsk-[A-Za-z0-9_-]{20,}                             # model providers
  | \bhf_[A-Za-z0-9]{30,}                               # Hugging Face
  | \bxox[abposr]-[A-Za-z0-9-]{10,}                     # Slack
  | \bAIza[0-9A-Za-z_-]{35}                             # Google
  | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----
  | \beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.    # JSON web tokens
  | [a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@             # user:password@host
  )""",
    re.VERBOSE,
)
_HOME = re.compile(
    r"^(file:(//)?)?(/home/[^/]+|/Users/[^/]+|/root|[A-Za-z]:[\\/]+Users[\\/]+[^\\/]+)(?=$|[\\/])"
)


def is_secret(name: str, value: Any) -> bool:
    """Tell whether text looks like a password, a token or a key, by its name or by its form."""
    if type(value) is bytes:
        value = value.decode("latin-1")
    if type(value) is not str or not value:
        return False
    if _SECRET_VALUE.search(value):
        return True
    if not _SECRET_NAME.search(name):
        return False
    # `pad_token = "<pad>"` is the vocabulary of a language model
    return not ("token" in name.lower() and (len(value) < 8 or re.match(r"^[<\[|].*[>\]|]$", value)))


def home_path(text: str) -> bool:
    """Tell whether text is an absolute path into a home folder."""
    if _HOME.match(text):
        return True
    home = str(Path.home())
    return len(home) > 1 and (text == home or text.startswith((home + "/", home + "\\")))


def relative_to_folder(text: str, folder: Path | None) -> str | None:
    """Give an absolute path inside `folder` as a relative one with ``/``; None where it is no such path."""
    if folder is None or not PurePath(text).is_absolute():
        return None
    for base in (folder, folder.absolute()):
        try:
            return PurePath(text).relative_to(base).as_posix()
        except ValueError:
            continue
    return None


def texts_in(name: str, value: Any) -> list[tuple[str, str]]:
    """Give all text in a plain value with the name it stands under: a dictionary's key, else `name`."""
    found: list[tuple[str, str]] = []
    pending: list[tuple[str, Any]] = [(name, value)]
    while pending:
        key, item = pending.pop()
        if type(item) is str:
            found.append((key, item))
        elif type(item) is bytes:
            found.append((key, item.decode("latin-1")))
        elif type(item) in (list, tuple, set, frozenset):
            pending.extend((key, element) for element in item)
        elif type(item) is dict:
            for inner, element in item.items():
                pending.append((inner if type(inner) is str else key, element))
                pending.append((key, inner))
        elif isinstance(item, PurePath):
            found.append((key, str(item)))
    return found
