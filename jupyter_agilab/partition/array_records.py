r"""Elements of a JSON array, found by brackets, strings and escapes; no value is parsed.

A comma outside strings, inside no bracket but the array's own, stands between two elements. What is inside a
string follows from the parity of the quotes that no backslash escapes, and how deep one is from the count of
brackets outside strings: both are running sums, taken over 64 bytes or a slab at a time (after simdjson:
G. Langdale and D. Lemire, "Parsing Gigabytes of JSON per Second", 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from jupyter_agilab.partition.line_records import after_bom
from jupyter_agilab.partition.quote_bits import outside_by_parity
from jupyter_agilab.partition.source import ByteFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHITE: Final = b" \t\r\n"

_FIRST_WINDOW_BYTES = 8_192
# larger slabs take fresh memory from the system for every step
_SLAB_BYTES = 1 << 16
_QUOTE, _COMMA, _BACKSLASH = 0x22, 0x2C, 0x5C
# with the bit of small letters set, square brackets are curly ones
_SMALL, _OPEN, _NOT_CLOSE = 0x20, 0x7B, 0xFD


class ArrayRecords:
    """Where the elements of a file that is one JSON array begin and end."""

    looks_back: Final = False

    def header_end(self, file: ByteFile) -> int:
        """Give the place after the array's opening bracket."""
        return skip_white(file, after_bom(file)) + 1

    def content_start(self, file: ByteFile, start: int) -> int:
        """Give the place of the first byte of an element at or after `start`."""
        return skip_white(file, start)

    def next_start(self, file: ByteFile, wanted: int, known: int) -> int:
        """Give the first beginning of an element at or after `wanted`, the file's size where there is none.

        Parameters
        ----------
        known
            The beginning of some element before `wanted`.
        """
        for ends in self.ends(file, known):
            after = ends[ends >= wanted]
            for end in after[:1].tolist():
                return skip_white(file, end)
        return file.size

    def ends(self, file: ByteFile, start: int) -> Iterator[NDArray[np.int64]]:
        """Yield the place after the comma behind each element from `start` on, one array per slab read.

        `start` is the beginning of an element. The last one ends with the file.
        """
        import numpy as np

        depth, inside = 1, False
        begun = start
        held = b""
        place, length = start, _FIRST_WINDOW_BYTES
        while depth > 0 and place + len(held) < file.size:
            unread = place + len(held)
            part = held + file.read(unread, unread + length)
            # a backslash at the end escapes what comes next
            body = part if place + len(part) >= file.size else part.rstrip(b"\\")
            if not body:
                held, length = part, 4 * len(part)
                continue
            commas, depth, inside = _commas(body, depth, inside=inside)
            if commas.size:
                yield commas + (place + 1)
                begun = place + 1 + int(commas[-1])
            held = part[len(body) :]
            place += len(body)
            length = min(2 * length, _SLAB_BYTES)
        if file.read(skip_white(file, begun), file.size)[:1] not in {b"", b"]"}:
            yield np.array([file.size])


def skip_white(file: ByteFile, start: int) -> int:
    """Give the place of the first byte at or after `start` that is not white space; the size without one."""
    for position, part in file.windows(start, 64, _SLAB_BYTES):
        rest = part.lstrip(WHITE)
        if rest:
            return position + len(part) - len(rest)
    return file.size


def _commas(part: bytes, depth: int, *, inside: bool) -> tuple[NDArray[np.int64], int, bool]:
    """Give the places of the commas between elements, and depth and whether one is in a string at the end.

    Nothing is looked for behind the end of the array, where depth is 0.
    """
    import numpy as np

    data = np.frombuffer(part, np.uint8)
    quotes = data == _QUOTE
    if b"\\" in part:
        quotes[_escaped(data)] = False
    outside, inside = outside_by_parity(quotes, inside=inside)
    # {, }, [ and ] are 0 or 2 here, and nothing else is
    folded = data | _SMALL
    folded -= _OPEN
    flags = (folded & _NOT_CLOSE) == 0
    flags &= outside
    brackets = np.flatnonzero(flags)
    # 1 for those that open, -1 for those that close
    depths = depth + np.cumsum((1 - folded[brackets]).view(np.int8), dtype=np.int64)
    closed = int((depths == 0).argmax()) if depths.size and depths.min() <= 0 else -1
    if closed >= 0:
        brackets, depths = brackets[: closed + 1], depths[: closed + 1]
        inside = False
    # between the brackets where depth is 1 there are the commas
    at_one = np.flatnonzero(depths == 1)
    starts, stops = brackets[at_one] + 1, np.append(brackets, data.size)[at_one + 1]
    if depth == 1:
        starts = np.concatenate(([0], starts))
        stops = np.concatenate((brackets[:1] if brackets.size else [data.size], stops))
    places = _in_ranges(starts, stops)
    places = places[(data[places] == _COMMA) & outside[places]]
    return places, int(depths[-1]) if depths.size else depth, inside


def _escaped(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Give the places after each backslash that is not escaped itself."""
    import numpy as np

    places = np.flatnonzero(data == _BACKSLASH)
    is_first = np.ones(places.size, np.bool_)
    np.not_equal(places[1:], places[:-1] + 1, out=is_first[1:])
    number = np.arange(places.size)
    first = np.maximum.accumulate(np.where(is_first, number, 0))
    after: NDArray[np.int64] = places[(number - first) % 2 == 0] + 1
    return after[after < data.size]


def _in_ranges(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give all places of some half-open ranges, one after another."""
    import numpy as np

    lengths = stops - starts
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if ends.size else 0
    places: NDArray[np.int64] = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return places
