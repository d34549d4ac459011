"""Formats of arrays: slices along the first axis, and those as tables where an array is a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition.formats.base import Piece
from jupyter_agilab.partition.formats.table_format import TableFormat

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


class ArrayFormat(TableFormat, ABC):
    """A format that gives its rows as a NumPy array.

    As a table, an array of one axis has the column ``value``, one of two axes ``column_1``, ``column_2``, …,
    and one of records the names of their fields.
    """

    records: ClassVar[str] = "slices"

    @abstractmethod
    def array(self, piece: Piece) -> np.ndarray[Any, Any]:
        """Give the rows as a NumPy array."""

    def arrow(self, piece: Piece) -> pa.Table:
        """Give the rows as a pyarrow Table."""
        import pyarrow as pa

        columns = columns_of(self.array(piece), piece)
        chosen = piece.chosen(list(columns))
        return pa.table({name: _arrow_column(columns[name]) for name in chosen or columns})

    def rows(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """Yield the rows with Python values; an array of more axes gives ``value``, a list of lists."""
        array = self.array(piece)
        if array.ndim > 2 and not piece.columns:
            for value in array:
                yield {"value": value.tolist()}
            return
        columns = columns_of(array, piece)
        chosen = piece.chosen(list(columns)) or list(columns)
        parts = [columns[name] for name in chosen]
        for place in range(len(array)):
            yield {name: _plain(part[place]) for name, part in zip(chosen, parts, strict=True)}


def columns_of(array: np.ndarray[Any, Any], piece: Piece) -> dict[str, np.ndarray[Any, Any]]:
    """Give the columns of an array that is a table.

    Raises
    ------
    AgilabError
        It is none.
    """
    if array.dtype.names and array.ndim == 1:
        return {name: array[name] for name in array.dtype.names}
    if array.ndim == 1:
        return {"value": array}
    if array.ndim == 2 and not array.dtype.names:
        return {f"column_{number + 1}": array[:, number] for number in range(array.shape[1])}
    raise AgilabError(
        f"{piece.told} has {array.ndim} axes and is no table", hint="take it as an array: `array: np.ndarray`"
    )


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def _arrow_column(values: np.ndarray[Any, Any]) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    values = np.ascontiguousarray(values)
    if values.ndim > 1 or values.dtype.names:
        return pa.array(values.tolist())
    if values.dtype.byteorder not in "=|":
        values = values.astype(values.dtype.newbyteorder("="))
    if values.dtype.kind in "US":
        # NumPy's text has a fixed length
        return pa.array(values.tolist())
    return pa.array(np.asarray(values))
