r"""Records of CSV files as Python's csv module reads them, found without parsing rows.

Whether a line end is inside quotes depends, in principle, on everything before it. In practice very little
decides. Look at the runs of consecutive quotes, and at the byte before each run:

- a run of even length changes nothing: ``""`` inside quotes is a quote, outside it opens and closes, and
  after other characters quotes are literal (the csv module takes a quote as opening only at the start of a
  field);
- an odd run after a delimiter, a line end or the start of the data opens a quoted field, or ends one that
  ends with that byte: it *toggles*;
- an odd run after any other byte closes a quoted field, or is literal in an unquoted one: either way one is
  outside quotes after it. It *resets*.

So the state at any place follows from the nearest reset before it and the number of toggles since; a look
back of one field is usually enough. Where there is no reset (files without quotes) the look goes back to the
last known start of a record, so that all cuts together read the file at most once. The rules are those of the
reader's state machine in CPython's Modules/_csv.c with ``doublequote``, without ``escapechar``,
``skipinitialspace`` and ``strict``. ``\r``, ``\n`` and ``\r\n`` end a record, as for a file that was opened
with ``newline=""``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jupyter_agilab.partition.dialect import Dialect
from jupyter_agilab.partition.line_records import after_bom, skip_line_ends
from jupyter_agilab.partition.quote_bits import line_ends_by_parity
from jupyter_agilab.partition.source import ByteFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LF, _CR = 10, 13
_FIRST_WINDOW_BYTES = 8_192
# so much is looked at one quote after another, before numpy looks at all of them
_NEAR_BYTES, _NEAR_RUNS = 512, 8
# larger slabs fall out of the processor's cache
_SLAB_BYTES = 1 << 17


class CsvRecords:
    """Where the records of a CSV file begin and end."""

    def __init__(self, dialect: Dialect) -> None:
        self._delimiter = bytes([dialect.delimiter])
        self._quote = b"" if dialect.quote is None else bytes([dialect.quote])
        self._has_header = dialect.header

    @property
    def looks_back(self) -> bool:
        """Whether there are quotes to look for."""
        return bool(self._quote)

    def header_end(self, file: ByteFile) -> int:
        """Give the place after the header record and what is before it; 0 where there is no header."""
        if not self._has_header:
            return 0
        return self._record_end(file, skip_line_ends(file, after_bom(file)), inside=False)

    def content_start(self, file: ByteFile, start: int) -> int:
        """Give the place of the first byte of a record at or after `start`, the place after a record."""
        return skip_line_ends(file, start or after_bom(file))

    def next_start(self, file: ByteFile, wanted: int, known: int) -> int:
        """Give the first beginning of a record at or after `wanted`, the file's size where there is none.

        Blank lines go to the record before them.

        Parameters
        ----------
        known
            The beginning of some record before `wanted`.
        """
        line_end = _line_end(file, wanted - 1)
        if line_end == file.size:
            return file.size
        if self._is_inside(file, line_end, known):
            line_end = self._record_end(file, line_end, inside=True)
        return skip_line_ends(file, line_end)

    def ends(self, file: ByteFile, start: int) -> Iterator[NDArray[np.int64]]:
        """Yield the places after each record that is not blank, in order, one array per slab read.

        `start` is the beginning of a record. The last record ends with the file, also without a line end.
        """
        import numpy as np

        begun = start
        for ends, terminators in self._line_ends(file, start, inside=False):
            if ends.size:
                starts = np.concatenate(([begun], ends[:-1]))
                begun = int(ends[-1])
                yield ends[terminators > starts]
        if skip_line_ends(file, begun) < file.size:
            yield np.array([file.size])

    def _is_inside(self, file: ByteFile, place: int, known: int) -> bool:
        """Whether `place`, which is not a quote, is inside quotes; a record begins at `known`."""
        if not self._quote:
            return False
        stop, length, toggles = place, _FIRST_WINDOW_BYTES, 0
        start = max(known + 1, place - _NEAR_BYTES)
        near = self._state_after(file.read(start, place)) if start < place else None
        if near is not None:
            return near
        while stop > known:
            start = max(known, stop - length)
            part = file.read(start, stop)
            length = min(4 * length, _SLAB_BYTES)
            if part.rfind(self._quote) < 0:
                stop = start
                continue
            if start == known:
                part = self._delimiter + part
            # a run at the left edge may begin before it: it is left to the next window
            body = part.lstrip(self._quote)
            if not body:
                length = 4 * len(part)
                continue
            _, resets = self._odd_runs(body)
            after_last = int(resets[::-1].argmax()) if resets.any() else -1
            if after_last >= 0:
                return (toggles + after_last) % 2 == 1
            toggles += len(resets)
            stop = start if start == known else start + len(part) - len(body)
        return toggles % 2 == 1

    def _state_after(self, part: bytes) -> bool | None:
        """Whether one is inside quotes after `part`, from its last quotes; None where they do not tell."""
        toggles, stop = 0, len(part)
        for _ in range(_NEAR_RUNS):
            last = part.rfind(self._quote, 0, stop)
            stop = last
            while stop > 0 and part[stop - 1] == self._quote[0]:
                stop -= 1
            # a run at the left edge may begin before it
            if stop <= 0:
                return None
            if (last - stop) % 2 == 0:
                if part[stop - 1] not in {self._delimiter[0], _LF, _CR}:
                    return toggles % 2 == 1
                toggles += 1
        return None

    def _odd_runs(self, part: bytes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Give the places of the odd runs of quotes in `part` (no quote itself at first), and which reset."""
        import numpy as np

        data = np.frombuffer(part, np.uint8)
        quotes = np.flatnonzero(data == self._quote[0])
        is_first = np.ones(quotes.size, np.bool_)
        np.not_equal(quotes[1:], quotes[:-1] + 1, out=is_first[1:])
        first = np.flatnonzero(is_first)
        places = quotes[first[np.diff(first, append=quotes.size) % 2 == 1]]
        before = data[places - 1]
        return places, (before != self._delimiter[0]) & (before != _LF) & (before != _CR)

    def _record_end(self, file: ByteFile, start: int, *, inside: bool) -> int:
        part = b"" if inside else file.read(start, start + _NEAR_BYTES)
        lf, cr = part.find(b"\n"), part.find(b"\r")
        first = cr if 0 <= cr < lf else lf
        if first >= 0 and not (self._quote and self._quote in part[:first]):
            return start + first + 1 + (part[first : first + 2] == b"\r\n")
        for ends, _ in self._line_ends(file, start, inside=inside):
            if ends.size:
                return int(ends[0])
        return file.size

    def _line_ends(
        self, file: ByteFile, start: int, *, inside: bool
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        r"""Yield per slab the places after the line ends outside quotes, and where those line ends begin.

        `start` is a record's beginning, or any byte that is not a quote where one is `inside` quotes. Quotes
        and ``\r`` at a slab's end are held back, so that neither runs nor ``\r\n`` are torn.
        """
        held = b""
        # stands for the byte before the slab, which is not a quote; a delimiter and a line end mean the same
        # here
        before = self._delimiter
        length = _FIRST_WINDOW_BYTES
        while start + len(held) < file.size:
            unread = start + len(held)
            part = held + file.read(unread, unread + length)
            body = part if start + len(part) >= file.size else part.rstrip(self._quote + b"\r")
            if not body:
                held, length = part, 4 * len(part)
                continue
            ends, begins, inside = self._outside(before + body, inside=inside)
            yield ends + (start - 1), begins + (start - 1)
            before = self._delimiter if body.endswith(b"\n") else body[-1:]
            held = part[len(body) :]
            start += len(body)
            length = min(2 * length, _SLAB_BYTES)

    def _outside(self, part: bytes, *, inside: bool) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
        import numpy as np

        data = np.frombuffer(part, np.uint8)
        quote = self._quote[0] if self._quote and (inside or self._quote in part) else None
        found = line_ends_by_parity(data, self._delimiter[0], quote, inside=inside)
        if found is None:
            last_bytes, inside = self._outside_exactly(part, inside=inside)
        else:
            last_bytes, inside = found
        is_pair = (data[last_bytes] == _LF) & (data[last_bytes - 1] == _CR)
        return last_bytes + 1, last_bytes - is_pair, inside

    def _outside_exactly(self, part: bytes, *, inside: bool) -> tuple[NDArray[np.int64], bool]:
        """Do what `line_ends_by_parity` does, also where there are quotes in unquoted fields."""
        import numpy as np

        data = np.frombuffer(part, np.uint8)
        breaks = np.flatnonzero((data == _LF) | (data == _CR))
        places, resets = self._odd_runs(part)
        states = _states(resets, inside=inside)
        breaks = breaks[~states[np.searchsorted(places, breaks)]]
        is_second = (data[breaks] == _LF) & (data[breaks - 1] == _CR)
        return breaks[np.append(~is_second[1:], np.True_)[: breaks.size]], bool(states[-1])


def _states(resets: NDArray[np.bool_], *, inside: bool) -> NDArray[np.bool_]:
    """Give whether one is inside quotes before the first odd run, and after each."""
    import numpy as np

    toggles = np.cumsum(~resets)
    # toggles count from the last reset, or from the beginning
    since = np.maximum.accumulate(np.where(resets, toggles, -int(inside)))
    return np.concatenate(([inside], (toggles - since) % 2 == 1))


def _line_end(file: ByteFile, start: int) -> int:
    for position, part in file.windows(start, _FIRST_WINDOW_BYTES, _SLAB_BYTES):
        lf = part.find(b"\n")
        cr = part.find(b"\r", 0, lf if lf >= 0 else len(part))
        if lf >= 0 or cr >= 0:
            return position + (cr if cr >= 0 else lf)
    return file.size
