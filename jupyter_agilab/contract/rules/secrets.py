"""Secrets do not belong in a file that is committed. What was found is never shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jupyter_agilab.contract.render import render_key
from jupyter_agilab.contract.subject import Remark, Subject

_SECRET_NAME = re.compile(
    r"(?:^|[_-])(?:password|passwd|passphrase|secret|credentials?|(?:api|access|secret|private|auth)[_-]?key)$",
    re.IGNORECASE,
)
_TOKEN_NAME = re.compile(r"(?:^|[_-])token$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LIKE_A_TOKEN = re.compile(r"(?=.*[0-9])[\w./+=:~-]{8,}|[\w./+=:~-]{20,}")
_FROM_ENVIRONMENT = re.compile(r"\$\{?\w+\}?|env:\w+|%\w+%")
_WITH_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@")
_KNOWN_FORM = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}"
    r"|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}|\bhf_[A-Za-z0-9]{30,}"
    r"|\bsk-(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[\w-]{20,}|\bAIza[\w-]{35}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+"
    r"|[?&](?:sig|signature|X-Amz-Signature|access_token|api_key)=[^&\s]{8,}"
)
_HINT = "read it in the function from the environment: os.environ[...]"


def secrets(subject: Subject) -> Iterator[Remark]:
    """Tell strings that are, or are named like, passwords, tokens and keys, and URLs with credentials."""
    for path, text in subject.strings():
        what = _what(str(path[-1]), text)
        if what:
            yield Remark(
                "contract.secret",
                path,
                f"{render_key(path)} must not hold a secret, because contracts are shared; {what}",
                _HINT,
            )


def _what(name: str, text: str) -> str:
    """Say what kind of secret a value seems to be; empty where it does not."""
    if not text.strip() or _FROM_ENVIRONMENT.fullmatch(text.strip()):
        return ""
    url = _WITH_PASSWORD.search(text)
    if url and not _FROM_ENVIRONMENT.fullmatch(url[1]):
        return "it is a URL with a password"
    if _KNOWN_FORM.search(text):
        return "it has the form of an access key or token"
    name = _CAMEL.sub("_", name)
    if _SECRET_NAME.search(name) or (_TOKEN_NAME.search(name) and _LIKE_A_TOKEN.fullmatch(text)):
        return "its name says that it is one"
    return ""
