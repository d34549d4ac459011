"""FASTA: records that begin with ``>`` at the beginning of a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Final

from jupyter_agilab.partition.formats.base import Format, Look, Piece
from jupyter_agilab.partition.formats.record_format import RecordFormat
from jupyter_agilab.partition.line_records import after_bom
from jupyter_agilab.partition.record_cuts import Records
from jupyter_agilab.partition.source import ByteFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIRST_WINDOW_BYTES = 8_192
_SLAB_BYTES = 1 << 18


class FastaRecords:
    """Where the records of a FASTA file begin and end; what is before the first goes with it."""

    looks_back: Final = False

    def header_end(self, file: ByteFile) -> int:
        """Give where the records begin: FASTA has no header."""
        del file
        return 0

    def content_start(self, file: ByteFile, start: int) -> int:
        """Give the place of the first ``>`` at or after `start`, the beginning of a line."""
        start = start or after_bom(file)
        if file.read(start, start + 1) == b">":
            return start
        return self.next_start(file, start + 1, start)

    def next_start(self, file: ByteFile, wanted: int, known: int) -> int:
        """Give the first beginning of a record at or after `wanted`, the file's size where there is none."""
        del known
        before = b""
        for position, part in file.windows(max(wanted - 1, 0), _FIRST_WINDOW_BYTES, _SLAB_BYTES):
            found = _first_sign(before + part)
            if found >= 0:
                return position - len(before) + found
            before = part[-1:]
        return file.size

    def ends(self, file: ByteFile, start: int) -> Iterator[NDArray[np.int64]]:
        """Yield the place after each record from `start` on, one array per slab read."""
        import numpy as np

        begun, before = start, b""
        for position, part in file.windows(start, _FIRST_WINDOW_BYTES, _SLAB_BYTES):
            data = np.frombuffer(before + part, np.uint8)
            ends = np.flatnonzero((data[1:] == ord(">")) & ((data[:-1] == 10) | (data[:-1] == 13)))
            if ends.size:
                ends = ends + (position - len(before) + 1)
                begun = int(ends[-1])
                yield ends
            before = part[-1:]
        if begun < file.size:
            yield np.array([file.size])


def _first_sign(part: bytes) -> int:
    found = [place for sign in (b"\n>", b"\r>") if (place := part.find(sign)) >= 0]
    return min(found) + 1 if found else -1


class Fasta(RecordFormat):
    """``fasta``."""

    name: ClassVar[str] = "fasta"
    signs: ClassVar[str] = ">"

    def records_of(self, look: Look) -> Records | str:
        """Give where the records are, or say that there are none."""
        if look.head and not look.head.lstrip(b"\xef\xbb\xbf\r\n").startswith(b">"):
            return "it does not begin with > as FASTA does"
        return FastaRecords()

    def all_rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield ``id``, ``description`` (the whole title) and ``sequence`` of each record."""
        from jupyter_agilab.partition.streams import open_text

        title: str | None = None
        parts: list[str] = []
        with open_text(piece.partition, piece.folder, piece.options) as stream:
            for number, line in enumerate(stream, 1):
                line = line.rstrip("\n")  # noqa: PLW2901  # the same line without its end
                if line.startswith(">"):
                    if title is not None:
                        yield _record(title, parts)
                    title, parts = line[1:], []
                elif title is not None:
                    parts.append(line.replace(" ", ""))
                elif line:
                    raise ValueError(f"line {number:,} stands before the first record")
        if title is not None:
            yield _record(title, parts)


def _record(title: str, parts: list[str]) -> dict[str, Any]:
    name = title.split(maxsplit=1)[0] if title.split() else ""
    return {"id": name, "description": title, "sequence": "".join(parts)}


FORMATS: Final[dict[str, Format]] = {"fasta": Fasta()}
