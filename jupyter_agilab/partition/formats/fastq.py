"""FASTQ: sequences with qualities, of four lines each or of more.

A quality may begin with ``@`` or ``+`` as a title does, so only a reader that comes from the beginning knows
where it is: a title, the sequence up to a line that begins with ``+``, and then as many signs of quality as
the sequence has letters (P. Cock et al., "The Sanger FASTQ file format", Nucleic Acids Research 38, 2010).
Records of four lines, which most are, are checked many at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Final

from jupyter_agilab.partition.formats.base import Format, Look, Piece
from jupyter_agilab.partition.formats.record_format import RecordFormat
from jupyter_agilab.partition.line_records import after_bom, skip_line_ends
from jupyter_agilab.partition.record_cuts import Records
from jupyter_agilab.partition.source import ByteFile, unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIRST_WINDOW_BYTES = 8_192
_SLAB_BYTES = 1 << 18
_LF, _CR = 10, 13
_TITLE, _PLUS = ord("@"), ord("+")


class FastqRecords:
    """Where the records of a FASTQ file begin and end.

    Raises
    ------
    PlanError
        The file is not FASTQ where it was read.
    """

    looks_back: Final = False

    def header_end(self, file: ByteFile) -> int:
        """Give where the records begin: FASTQ has no header."""
        del file
        return 0

    def content_start(self, file: ByteFile, start: int) -> int:
        """Give the place of the first record at or after `start`, the beginning of a line."""
        return skip_line_ends(file, start or after_bom(file))

    def next_start(self, file: ByteFile, wanted: int, known: int) -> int:
        """Give the first beginning of a record at or after `wanted`, the file's size where there is none.

        Parameters
        ----------
        known
            The beginning of some record before `wanted`.
        """
        for ends in self.ends(file, known):
            after = ends[ends >= wanted]
            for end in after[:1].tolist():
                return skip_line_ends(file, end)
        return file.size

    def ends(self, file: ByteFile, start: int) -> Iterator[NDArray[np.int64]]:
        """Yield the place after each record from `start` on, one array per slab read."""
        import numpy as np

        length = _FIRST_WINDOW_BYTES
        while start < file.size:
            part = file.read(start, start + length)
            is_last = start + len(part) >= file.size
            quick = _four_lines(part, is_last=is_last)
            place = int(quick[-1]) if quick.size else 0
            slow = []
            try:
                while (end := _one_record(part, place, is_last=is_last)) >= 0:
                    slow.append(end)
                    place = end
            except ValueError as error:
                raise unreadable(file.source, error) from error
            if quick.size or slow:
                yield np.concatenate((quick, np.array(slow, np.int64))) + start
                start = skip_line_ends(file, start + place)
            elif is_last:
                if part.strip():
                    raise unreadable(file.source, ValueError(f"its record at byte {start:,} is not complete"))
                return
            else:
                # a record that is longer than what was read
                length *= 4
                continue
            length = min(2 * length, max(_SLAB_BYTES, _FIRST_WINDOW_BYTES))


def _four_lines(part: bytes, *, is_last: bool) -> NDArray[np.int64]:
    """Give where the records of four lines at the beginning of `part` end, as far as there are such."""
    import numpy as np

    data = np.frombuffer(part, np.uint8)
    stops = np.flatnonzero(data == _LF)
    if is_last and part and part[-1] != _LF:
        stops = np.append(stops, data.size)
    count = stops.size // 4
    stops = stops[: 4 * count]
    if not count:
        return stops
    starts = np.concatenate(([0], stops[:-1] + 1))
    # a line's last byte; that of an empty line is the end of the one before
    last = data[np.maximum(stops - 1, 0)]
    lengths = (stops - starts - ((last == _CR) & (stops > starts))).reshape(-1, 4)
    # a line that is empty begins with its own end
    first = data[np.minimum(starts, data.size - 1)].reshape(-1, 4)
    fits = (first[:, 0] == _TITLE) & (first[:, 1] != _PLUS) & (first[:, 2] == _PLUS)
    fits &= (lengths[:, 1] == lengths[:, 3]) & (lengths[:, 1] > 0)
    good = count if fits.all() else int(fits.argmin())
    return np.minimum(stops[3::4][:good] + 1, data.size)


def _one_record(part: bytes, start: int, *, is_last: bool) -> int:
    """Give where the record at `start` ends; -1 where it is not complete.

    Raises
    ------
    ValueError
        No record begins there.
    """
    place = _after_blank(part, start)
    if place >= len(part):
        return -1
    if part[place] != _TITLE:
        raise ValueError(f"its record begins with {part[place : place + 20]!r} and not with @")
    title, letters, signs = place, 0, 0
    line, place = _line(part, place, is_last=is_last)
    while True:
        line, place = _line(part, place, is_last=is_last)
        if line is None:
            return -1
        if line.startswith(b"+"):
            break
        letters += len(line)
    end = place
    while signs < letters:
        line, place = _line(part, place, is_last=is_last)
        if line is None:
            return -1
        signs, end = signs + len(line), place
    if signs > letters:
        told = part[title : title + 40].partition(b"\n")[0].decode("utf-8", "replace")
        raise ValueError(f"its record {told!r} has {letters:,} letters and {signs:,} signs of quality")
    return end


def _line(part: bytes, start: int, *, is_last: bool) -> tuple[bytes | None, int]:
    """Give the line at `start` without its end, and the place after it; None where it is not complete."""
    end = part.find(b"\n", start)
    if end < 0:
        if not is_last or start >= len(part):
            return None, start
        return part[start:].rstrip(b"\r"), len(part)
    return part[start:end].rstrip(b"\r"), end + 1


def _after_blank(part: bytes, start: int) -> int:
    while start < len(part) and part[start] in {_LF, _CR}:
        start += 1
    return start


class Fastq(RecordFormat):
    """``fastq``."""

    name: ClassVar[str] = "fastq"
    signs: ClassVar[str] = "@+"

    def records_of(self, look: Look) -> Records | str:
        """Give where the records are, or say that there are none."""
        if look.head and not look.head.lstrip(b"\xef\xbb\xbf\r\n").startswith(b"@"):
            return "it does not begin with @ as FASTQ does"
        return FastqRecords()

    def all_rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield ``id``, ``description`` (the whole title), ``sequence`` and ``quality`` of each record."""
        from jupyter_agilab.partition.streams import open_text

        with open_text(piece.partition, piece.folder, piece.options) as stream:
            lines = (line.rstrip("\n") for line in stream)
            for title in lines:
                if not title:
                    continue
                if not title.startswith("@"):
                    raise ValueError(f"a record begins with {title[:20]!r} and not with @")
                yield _record(title[1:], lines)


def _record(title: str, lines: Iterator[str]) -> dict[str, Any]:
    parts: list[str] = []
    for line in lines:
        if line.startswith("+"):
            break
        parts.append(line)
    else:
        raise ValueError(f"the record {title[:40]!r} has no line that begins with +")
    sequence, quality = "".join(parts), ""
    while len(quality) < len(sequence):
        part = next(lines, None)
        if part is None:
            break
        quality += part
    if len(quality) != len(sequence):
        raise ValueError(
            f"the record {title[:40]!r} has {len(sequence):,} letters and {len(quality):,} signs of quality"
        )
    name = title.split(maxsplit=1)[0] if title.split() else ""
    return {"id": name, "description": title, "sequence": sequence, "quality": quality}


FORMATS: Final[dict[str, Format]] = {"fastq": Fastq()}
