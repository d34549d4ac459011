"""Plain text: lines, cut after line ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from jupyter_agilab.partition.formats.base import Format, Look, Piece
from jupyter_agilab.partition.formats.record_format import ParsedFormat
from jupyter_agilab.partition.line_records import LineRecords
from jupyter_agilab.partition.record_cuts import Records


class PlainText(ParsedFormat):
    """``text``."""

    name: ClassVar[str] = "text"
    records: ClassVar[str] = "lines"

    def records_of(self, look: Look) -> Records | str:
        """Give where the lines are; an empty one is a record too."""
        del look
        return LineRecords(blank_counts=True)

    def all_rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield ``{"line": text}`` for each line."""
        from jupyter_agilab.partition.streams import open_text

        with open_text(piece.partition, piece.folder, piece.options) as stream:
            for line in stream:
                yield {"line": line.rstrip("\r\n")}


FORMATS: Final[dict[str, Format]] = {"text": PlainText()}
