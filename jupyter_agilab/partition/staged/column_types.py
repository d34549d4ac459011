"""What the columns of a whole CSV file hold, so that a part of it gets the same types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from jupyter_agilab.partition.dialect import Dialect
from jupyter_agilab.partition.staged.values import MISSING

_NUMBERS: Final = {"int": 0, "float": 1}


class ColumnTypes:
    """Gathers the types of columns.

    A type is ``int``, ``float``, ``bool``, ``text``, ``null``, or what pyarrow calls a type of dates and
    times; and a column can lack values.
    """

    def __init__(self, width: int, dialect: Dialect) -> None:
        self._width = width
        self._dialect = dialect
        self._types = ["null"] * width
        self._lacking = [False] * width

    def add(self, records: Sequence[bytes]) -> None:
        """Look at some records, which have line ends."""
        import pyarrow as pa
        import pyarrow.csv

        if not records or not self._width:
            return
        data = b"".join(records)
        short: list[bytes] = []

        def uneven(row: Any) -> str:
            if row.actual_columns < row.expected_columns:
                short.append(row.text.encode("utf-8", "surrogateescape"))
                missing = row.expected_columns - row.actual_columns
                short.append(bytes([self._dialect.delimiter]) * missing + b"\n")
            return "skip"

        try:
            table = self._parsed(data, uneven)
            self._merge(table)
            if short:
                self._merge(self._parsed(b"".join(short), lambda row: "skip"))
        except (pa.ArrowException, UnicodeError):
            # not as pyarrow reads CSV: all that it says is that nothing is certain
            self._types = ["unknown"] * self._width

    def _parsed(self, data: bytes, uneven: Any) -> Any:
        import pyarrow as pa
        import pyarrow.csv

        names = [str(place) for place in range(self._width)]
        quote = self._dialect.quote
        return pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=len(data) + 1),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=chr(self._dialect.delimiter),
                quote_char=False if quote is None else chr(quote),
                newlines_in_values=quote is not None,
                invalid_row_handler=uneven,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                check_utf8=False,
                null_values=sorted(MISSING),
                strings_can_be_null=True,
                true_values=["True", "TRUE", "true"],
                false_values=["False", "FALSE", "false"],
            ),
        )

    def _merge(self, table: Any) -> None:
        for place, column in enumerate(table.columns):
            self._lacking[place] |= column.null_count > 0
            self._types[place] = _joined(self._types[place], _name(column.type))

    def found(self) -> list[list[Any]]:
        """Give, of each column, its type and whether it lacks values."""
        return [[kind, lacks] for kind, lacks in zip(self._types, self._lacking, strict=True)]


def _name(kind: Any) -> str:
    from pyarrow import types

    if types.is_integer(kind):
        return "int"
    if types.is_floating(kind):
        return "float"
    if types.is_boolean(kind):
        return "bool"
    if types.is_null(kind):
        return "null"
    return str(kind) if types.is_temporal(kind) else "text"


def _joined(one: str, other: str) -> str:
    if "unknown" in {one, other}:
        return "unknown"
    if one in {other, "null"}:
        return other
    if other == "null":
        return one
    return "float" if one in _NUMBERS and other in _NUMBERS else "text"
