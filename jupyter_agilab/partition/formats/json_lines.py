"""JSON lines: one object in each line, cut after line ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from jupyter_agilab.partition.formats.base import Format, Look, Piece
from jupyter_agilab.partition.formats.record_format import ParsedFormat
from jupyter_agilab.partition.json_lines import json_objects
from jupyter_agilab.partition.line_records import LineRecords
from jupyter_agilab.partition.record_cuts import Records


class JsonLines(ParsedFormat):
    """``jsonl``."""

    name: ClassVar[str] = "jsonl"
    records: ClassVar[str] = "objects"

    def records_of(self, look: Look) -> Records | str:
        """Give where the lines are; blank ones are nothing."""
        del look
        return LineRecords(blank_counts=False)

    def all_rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the objects."""
        from jupyter_agilab.partition.streams import open_text

        with open_text(piece.partition, piece.folder, piece.options) as stream:
            yield from json_objects(stream, piece.told)


FORMATS: Final[dict[str, Format]] = {"jsonl": JsonLines()}
