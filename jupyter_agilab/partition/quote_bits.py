"""Line ends outside quotes, found with one bit per byte.

The parity of all quotes before a place is a running exclusive or over the bits of the quotes; in words of 64
bits that takes six shifts (as in simdjson: G. Langdale and D. Lemire, "Parsing Gigabytes of JSON per Second",
2019, there with a carry-less multiplication). It tells whether one is inside quotes as long as every quote at
even parity may open a field, that is, follows a delimiter, a line end or the quote before it. Where one does
not, the answer is left to others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]

_LF, _CR = 10, 13
_SHIFTS = (1, 2, 4, 8, 16, 32)


def line_ends_by_parity(
    data: NDArray[np.uint8], delimiter: int, quote: int | None, *, inside: bool
) -> tuple[NDArray[np.int64], bool] | None:
    r"""Give the places of the line ends outside quotes, and whether one is inside quotes after the last byte.

    Of ``\r\n`` it is the place of the ``\n``. None where a quote stands in the middle of an unquoted field.

    Parameters
    ----------
    data
        At least one byte; the first is neither a quote nor a line end.
    inside
        Whether one is inside quotes before the first byte.
    """
    lf, cr = _bits(data == _LF), _bits(data == _CR)
    ends = lf | (cr & ~_next(lf))
    if quote is None:
        return _places(ends), False
    quotes = _bits(data == quote)
    parity, is_inside = _parity(quotes, inside=inside)
    may_open = _bits(data == delimiter) | lf | cr | quotes
    if (quotes & parity & ~_previous(may_open)).any():
        return None
    return _places(ends & ~parity), is_inside


def outside_by_parity(quotes: NDArray[np.bool_], *, inside: bool) -> tuple[NDArray[np.bool_], bool]:
    """Give which bytes are outside quotes, and whether one is inside quotes after the last byte.

    Parameters
    ----------
    quotes
        Which bytes are quotes; at least one byte. One that opens is inside, one that closes is outside.
    inside
        Whether one is inside quotes before the first byte.
    """
    import numpy as np

    parity, is_inside = _parity(_bits(quotes), inside=inside)
    return np.unpackbits(~parity.view(np.uint8), count=quotes.size, bitorder="little").view(
        np.bool_
    ), is_inside


def _parity(quotes: Words, *, inside: bool) -> tuple[Words, bool]:
    import numpy as np

    parity = quotes.copy()
    for shift in _SHIFTS:
        parity ^= parity << np.uint64(shift)
    odd_words = np.bitwise_xor.accumulate(parity >> np.uint64(63))
    before = np.empty_like(odd_words)
    before[0] = 0
    before[1:] = odd_words[:-1]
    if inside:
        before ^= np.uint64(1)
    # all bits of a word are turned where the parity before it is odd
    parity ^= np.negative(before)
    return parity, bool(odd_words[-1]) != inside


def _bits(flags: NDArray[np.bool_]) -> Words:
    """Give the flags as bits, the first one lowest."""
    import numpy as np

    packed = np.packbits(flags, bitorder="little")
    padded = np.zeros(-(-packed.size // 8) * 8, np.uint8)
    padded[: packed.size] = packed
    return padded.view("<u8")


def _next(bits: Words) -> Words:
    """Give for each place the bit of the place after it."""
    import numpy as np

    moved = bits >> np.uint64(1)
    moved[:-1] |= bits[1:] << np.uint64(63)
    return moved


def _previous(bits: Words) -> Words:
    """Give for each place the bit of the place before it."""
    import numpy as np

    moved = bits << np.uint64(1)
    moved[1:] |= bits[:-1] >> np.uint64(63)
    return moved


def _places(bits: Words) -> NDArray[np.int64]:
    import numpy as np

    return np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little").view(np.bool_))
