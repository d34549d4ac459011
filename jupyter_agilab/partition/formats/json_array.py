"""JSON: an array of objects, cut between its elements."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from json.decoder import WHITESPACE  # type: ignore[attr-defined]  # public in all but the stubs
from typing import Any, ClassVar, Final

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.array_records import WHITE, ArrayRecords
from jupyter_agilab.partition.formats.base import Cutter, Format, Look, Piece
from jupyter_agilab.partition.formats.record_format import RecordFormat
from jupyter_agilab.partition.heads import BOM
from jupyter_agilab.partition.record_cuts import Records
from jupyter_agilab.partition.types import Partition

_TAIL_BYTES = 4_096


class JsonArray(RecordFormat):
    """``json``: one array of objects; an object that stands alone is one record."""

    name: ClassVar[str] = "json"
    records: ClassVar[str] = "objects"
    signs: ClassVar[str] = '"\\[]{},'

    def cutter(self, look: Look) -> Cutter | str:
        """Give the cutter of an array, or of JSON lines where there are some, or why it is not cut."""
        begin = look.head.removeprefix(BOM).lstrip(WHITE)
        if begin.startswith(b"{") and look.table.format is None and _are_lines(begin):
            return look.instead("jsonl")
        return super().cutter(look)

    def records_of(self, look: Look) -> Records | str:
        """Give where the elements are."""
        begin = look.head.removeprefix(BOM).lstrip(WHITE)
        if begin.startswith(b"["):
            return ArrayRecords()
        return "it is one JSON object, not an array" if begin.startswith(b"{") else "it is not a JSON array"

    def parts(
        self, partition: Partition, read: Callable[[int, int], bytes]
    ) -> Sequence[tuple[int, int] | bytes]:
        """Give the elements with brackets around them, without the comma after the last one.

        At the end of the file nothing is added: what is missing there must be missed.
        """
        whole = (partition.start, partition.stop)
        if not read(partition.stop, partition.stop + 1):
            return [b"[", whole]
        stop = partition.stop
        while stop > partition.start:
            start = max(partition.start, stop - _TAIL_BYTES)
            tail = read(start, stop).rstrip(WHITE)
            if tail:
                return [b"[", (partition.start, start + len(tail) - tail.endswith(b",")), b"]"]
            stop = start
        return [b"[", whole, b"]"]

    def all_rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the objects."""
        from jupyter_agilab.partition.streams import open_text

        with open_text(piece.partition, piece.folder, piece.options) as stream:
            text = stream.read()
        decode = json.JSONDecoder().raw_decode
        skip = WHITESPACE.match
        place = skip(text, 0).end()
        is_array = text.startswith("[", place)
        place = skip(text, place + is_array).end()
        number, closed = 0, not is_array
        while place < len(text):
            if is_array and text[place] == "]" and not number:
                closed, place = True, skip(text, place + 1).end()
                break
            try:
                value, place = decode(text, place)
            except (ValueError, RecursionError) as error:
                raise _wrong(piece, number + 1, f"is not JSON: {error}") from error
            number += 1
            if not isinstance(value, dict):
                raise _wrong(piece, number, f"is a JSON {type(value).__name__}, not an object")
            yield value
            place = skip(text, place).end()
            if is_array:
                sign = text[place : place + 1]
                place = skip(text, place + 1).end()
                if sign == "]":
                    closed = True
                    break
                if sign != ",":
                    raise _wrong(piece, number, "is not followed by a comma or by the end of the array")
        if not closed or (is_array and place < len(text)):
            raise _wrong(piece, number, "is not followed by the end of the array and of the file")


def _wrong(piece: Piece, number: int, told: str) -> AgilabError:
    return AgilabError(
        f"element {number:,} of {piece.told} {told}",
        hint='the file must be one JSON array of objects; for one object in each line set format = "jsonl"',
    )


def _are_lines(head: bytes) -> bool:
    """Whether the first line is one object and the second begins another, which no JSON document does."""
    first, _, rest = head.partition(b"\n")
    if not rest.lstrip(WHITE).startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


FORMATS: Final[dict[str, Format]] = {"json": JsonArray()}
