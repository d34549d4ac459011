"""How the records of a text file are told apart: delimiter, quote, encoding."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_agilab.contract.model import PartitionTable

# lowest trail byte of these multi-byte encodings: below it, a byte is always a character of its own
_LOWEST_TRAIL_BYTE = {
    "gb18030": 0x40,
    "gbk": 0x40,
    "cp936": 0x40,
    "big5": 0x40,
    "big5hkscs": 0x40,
    "cp950": 0x40,
    "shift_jis": 0x40,
    "cp932": 0x40,
    "johab": 0x31,
    "cp949": 0x41,
}
_BYTES_ARE_CHARACTERS_BELOW_128 = {"utf-8", "utf-8-sig", "gb2312", "euc_jp", "euc_kr"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """The bytes that matter to Python's csv module.

    Attributes
    ----------
    delimiter
        One ASCII byte.
    quote
        One ASCII byte, or None where nothing is quoted. A quote inside a quoted field is doubled.
    header
        Whether the first record names the columns.
    """

    delimiter: int
    quote: int | None
    header: bool


def dialect_of(table: PartitionTable, file_format: str) -> Dialect | str:
    """Give the dialect of a CSV or TSV file, or why byte ranges of it cannot be cut safely."""
    delimiter = table.delimiter if table.delimiter is not None else ("\t" if file_format == "tsv" else ",")
    quote = '"' if table.quotechar is None else table.quotechar
    if len(delimiter) != 1 or ord(delimiter) > 127:
        return f"its delimiter {delimiter!r} is not one ASCII character"
    if len(quote) > 1 or (quote and ord(quote) > 127):
        return f"its quote {quote!r} is not one ASCII character"
    if delimiter in "\r\n" or quote in {"\r", "\n", delimiter}:
        return "its delimiter, quote and line end are not different characters"
    problem = why_not_bytewise(table.encoding, delimiter + quote)
    if problem:
        return problem
    return Dialect(ord(delimiter), ord(quote) if quote else None, table.header is not False)


@lru_cache(maxsize=64)
def why_not_bytewise(encoding: str | None, special: str = "") -> str:
    r"""Say why ``\n``, ``\r`` and `special` cannot be found as bytes in an encoding; empty where they can."""
    if encoding is None:
        return ""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return f"its encoding {encoding!r} is not known to Python"
    if name in _BYTES_ARE_CHARACTERS_BELOW_128:
        return ""
    lowest = _LOWEST_TRAIL_BYTE.get(name, 0)
    if lowest:
        # gb18030 also has digits inside its four-byte characters
        clash = next((c for c in special if ord(c) >= lowest or c.isdigit()), None)
        return f"{clash!r} can be part of another character in {encoding}" if clash else ""
    if _is_single_byte(name):
        return ""
    return f"in its encoding {encoding} bytes are not characters"


def _is_single_byte(name: str) -> bool:
    if name.startswith("iso2022"):  # switches character sets on the way
        return False
    try:
        ascii_stays = bytes(range(128)).decode(name) == "".join(map(chr, range(128)))
        return ascii_stays and all(len(bytes([b]).decode(name, "replace")) == 1 for b in range(128, 256))
    except (UnicodeError, LookupError, TypeError):
        return False
