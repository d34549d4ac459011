r"""JSON as results are stored: one line for a value, no spaces, UTF-8.

NaN and the infinities are written as Python's json module writes them (``NaN``, ``Infinity``), which Python
and pandas read back. Escaped, so that they read back as the same text, are lone surrogates (``\udc80``, as in
the name of a file that is not UTF-8) and the line ends of Unicode, where ``str.splitlines`` would cut a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jupyter_agilab.compact_json import compact_encoder
from jupyter_agilab.reduce.values import Place, UnstorableError, encode_default, has_odd_keys, plain

_compact = compact_encoder(encode_default, ensure_ascii=False)
_LINE_ENDS = (("\x85", "\\u0085"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029"))


def to_text(value: Any, place: Place = ()) -> str:
    """Give `value` as one line of JSON, without a newline.

    Raises
    ------
    UnstorableError
        A part of the value cannot be stored.
    """
    try:
        try:
            text = _compact(value)
            if not has_odd_keys(value):
                return text
        except (TypeError, ValueError):
            pass  # `plain` converts what the encoder cannot, or says which part it is
        return _compact(plain(value, place))
    except RecursionError:
        raise UnstorableError(
            place, "is nested too deeply or contains itself", "Return a flatter value."
        ) from None


def to_line(value: Any) -> bytes:
    """Give `value` as one line of JSON that ends in a newline."""
    return to_bytes(to_text(value) + "\n")


def to_lines(values: Iterable[Any], first: int = 0) -> bytes:
    """Give one line of JSON for each of `values`; the first one's place in the result is `first`."""
    lines = [to_text(value, (position,)) for position, value in enumerate(values, first)]
    lines.append("")
    return to_bytes("\n".join(lines))


def to_bytes(text: str) -> bytes:
    """Encode JSON text as UTF-8; Python's escape of a lone surrogate is JSON's too."""
    if not text.isascii():
        for line_end, escape in _LINE_ENDS:
            text = text.replace(line_end, escape)
    return text.encode("utf-8", "backslashreplace")
