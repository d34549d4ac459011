"""Tables of records that are dicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jupyter_agilab.partition.formats.base import Piece, missing_library, no_column

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Row = dict[str, Any]


def chosen(rows: Iterable[Row], piece: Piece) -> Iterator[Row]:
    """Yield what the contract's `columns` say of each row.

    Raises
    ------
    AgilabError
        A row does not have one.
    """
    for row in rows:
        try:
            yield {name: row[name] for name in piece.columns}
        except KeyError as error:
            raise no_column(piece.told, error.args[0], list(row)) from None


def pandas_frame(rows: Iterable[Row], piece: Piece) -> pd.DataFrame:
    """Give a pandas DataFrame; a key that some rows do not have is missing in them."""
    try:
        import pandas as pd
    except ImportError as error:
        raise missing_library("pandas", "pandas", "the function asks for a pandas DataFrame") from error
    held = list(rows)
    frame = pd.DataFrame(held)
    if not held:
        return pd.DataFrame(columns=list(piece.columns) or None)
    _require(list(frame.columns), piece)
    return frame[list(piece.columns)] if piece.columns else frame


def polars_frame(rows: Iterable[Row], piece: Piece) -> pl.DataFrame:
    """Give a polars DataFrame; types follow from all rows."""
    try:
        import polars as pl
    except ImportError as error:
        raise missing_library("polars", "polars", "the function asks for a polars DataFrame") from error
    held = list(rows)
    if not held:
        return pl.DataFrame(schema=list(piece.columns) or None)
    with _mixed_told():
        frame = pl.DataFrame(held, infer_schema_length=None)
    _require(frame.columns, piece)
    return frame.select(piece.columns) if piece.columns else frame


def arrow_table(rows: Iterable[Row], piece: Piece) -> pa.Table:
    """Give a pyarrow Table; types follow from all rows."""
    import pyarrow as pa

    held = list(rows)
    names = list(dict.fromkeys(name for row in held for name in row))
    if held:
        _require(names, piece)
    names = list(piece.columns) or names
    with _mixed_told():
        return pa.table({name: pa.array([row.get(name) for row in held]) for name in names})


@contextmanager
def _mixed_told() -> Iterator[None]:
    """Make what polars and pyarrow say about columns of mixed types an error about the content."""
    try:
        yield
    except TypeError as error:
        raise ValueError(str(error)) from error


def _require(names: list[Any], piece: Piece) -> None:
    for name in piece.columns:
        if name not in names:
            raise no_column(piece.told, name, names)
