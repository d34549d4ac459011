"""Names and digests: a stage's name as an identifier, what Python defines by itself."""

from __future__ import annotations

import builtins
import hashlib
import keyword
import re
import unicodedata

IPYTHON_NAMES = frozenset(
    {"display", "get_ipython", "exit", "quit", "copyright", "credits", "license", "In", "Out"}
)
"""What IPython adds to a namespace or to Python's builtins."""

BUILTINS = frozenset(name for name in dir(builtins) if name != "_") - IPYTHON_NAMES
MODULE_NAMES = frozenset({"__name__", "__doc__", "__file__", "__builtins__", "__debug__"})


_HISTORY = re.compile(r"_+\d*|_(i+|oh|ih|dh|sh)\d*")


def is_ipythons(name: str) -> bool:
    """Tell whether IPython itself gives the name a meaning: ``display``, ``Out``, ``_``, ``_12``."""
    return name in IPYTHON_NAMES or _HISTORY.fullmatch(name) is not None


def identifier(name: str) -> str:
    """Give a stage's name as an ASCII identifier that a contract's ``function`` may hold; never a keyword."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    word = re.sub(r"\W+", "_", plain).strip("_")
    if not word:
        return "stage"
    if word[0].isdigit():
        word = f"stage_{word}"
    return f"{word}_" if keyword.iskeyword(word) or keyword.issoftkeyword(word) else word


def text_digest(text: str) -> str:
    """Give ``blake2b:`` and 32 hexadecimal digits of a text's UTF-8 bytes."""
    return bytes_digest(text.encode("utf-8", "surrogatepass"))


def bytes_digest(data: bytes) -> str:
    """Give ``blake2b:`` and 32 hexadecimal digits."""
    return f"blake2b:{hashlib.blake2b(data, digest_size=16).hexdigest()}"
