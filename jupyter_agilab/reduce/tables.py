"""Tables that a partition function may return (pandas, polars, pyarrow); imports none of those libraries.

A pandas index is kept where it means something: it becomes the first columns, as ``reset_index()`` does, so
that the keys of a ``groupby`` stay. A default index, and an unnamed one of whole numbers (what filtering or
sampling leaves), is dropped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Literal

from jupyter_agilab.reduce.remedies import remedy
from jupyter_agilab.reduce.values import Place, UnstorableError, key_text, type_name

TableKind = Literal["pandas", "polars", "pyarrow"]

_TABLE_NAMES = {"pandas": ("DataFrame",), "polars": ("DataFrame",), "pyarrow": ("Table", "RecordBatch")}


def table_kind(value: Any) -> TableKind | None:
    """Say which library's table `value` is; None where it is no table."""
    for kind in type(value).__mro__:
        family = kind.__module__.partition(".")[0]
        if family in _TABLE_NAMES and kind.__name__ in _TABLE_NAMES[family]:
            return family  # type: ignore[return-value]  # one of the keys, which are the literals
    return None


def columns_of(table: Any, kind: TableKind) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Give a table's column names and, in the same order, each column's values as Python objects.

    What is missing is None, except that NaN in a column of numpy floats stays NaN (pandas uses it for both).

    Raises
    ------
    UnstorableError
        The columns have two levels or the same name twice.
    """
    if kind == "pandas":
        table = flat_pandas(table)
        names = distinct(str(name) for name in table.columns)
        return names, [_pandas_values(table.iloc[:, position]) for position in range(len(names))]
    if kind == "polars":
        return distinct(table.columns), [column.to_list() for column in table.get_columns()]
    names = distinct(table.schema.names)
    return names, [_arrow_values(table.column(position)) for position in range(len(names))]


def flat_pandas(frame: Any) -> Any:
    """Give a pandas table whose index is dropped, or made columns where it carries meaning.

    Raises
    ------
    UnstorableError
        The columns have several levels, or an index level is called like a column.
    """
    if frame.columns.nlevels > 1:
        raise UnstorableError(
            (),
            "is a table with several levels of column names",
            'Flatten them first: df.columns = ["_".join(map(str, names)) for names in df.columns].',
        )
    index = frame.index
    unnamed = index.nlevels == 1 and index.name is None
    if unnamed and getattr(index.dtype, "kind", "") in "iu":
        return frame
    try:
        return frame.reset_index()
    except ValueError as error:
        raise UnstorableError(
            (),
            f"is a table whose index has the name of a column ({error})",
            "Rename the index or the column, or drop the index: df.reset_index(drop=True).",
        ) from None


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Give column names as a tuple; UnstorableError where one is there twice."""
    columns = tuple(names)
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise UnstorableError((), f"has two columns named {twice!r}", "Give each column its own name.")
    return columns


def _pandas_values(series: Any) -> list[Any]:
    if isinstance(series.dtype, sys.modules["numpy"].dtype) and series.dtype.kind in "biuf":
        return list(series.tolist())
    values: list[Any] = series.astype(object).tolist()
    missing = series.isna()
    if not missing.any():
        return values
    return [None if gone else value for value, gone in zip(values, missing.tolist(), strict=True)]


def _arrow_values(column: Any) -> list[Any]:
    return list(column.to_pylist())


def as_mapping(record: Any, place: Place) -> Mapping[Any, Any]:
    """Give a record as a mapping of its columns; a dataclass is one of its fields."""
    if isinstance(record, Mapping):
        return record
    if is_dataclass(record) and not isinstance(record, type):
        return {field.name: getattr(record, field.name) for field in fields(record)}
    hint = "Return a table, a dictionary or a list of dictionaries; other values go with collect-json."
    if hasattr(record, "_asdict"):
        hint = "Return ._asdict() of it."
    raise UnstorableError(place, f"is of type {type_name(record)}", hint)


def columns_of_mappings(mappings: Sequence[Mapping[Any, Any]]) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Give column names and values of rows that are mappings; the first row gives the order of the columns.

    Raises
    ------
    UnstorableError
        A row has other keys than the first, or there are no keys.
    """
    first = mappings[0]
    keys = list(first)
    if not keys:
        raise UnstorableError((0,), "is a mapping without keys", "Return rows that have columns.")
    for position, mapping in enumerate(mappings):
        if len(mapping) != len(keys) or any(key not in mapping for key in keys):
            raise _other_keys(first, mapping, position)
    names = tuple(key_text(key, (0,)) for key in keys)
    return distinct(names), [[mapping[key] for mapping in mappings] for key in keys]


def _other_keys(first: Mapping[Any, Any], other: Mapping[Any, Any], position: int) -> UnstorableError:
    return UnstorableError(
        (position,),
        f"{difference(list(first), list(other))}, compared with result[0]",
        "Give every row the same keys; None stands for a missing value.",
    )


def difference(wanted: Sequence[Any], came: Sequence[Any]) -> str:
    """Say how column names differ: ``lacks 'a' and has 'b' besides``."""
    missing = [name for name in wanted if name not in came]
    extra = [name for name in came if name not in wanted]
    parts = [f"lacks {', '.join(map(repr, missing))}"] if missing else []
    parts += [f"has {', '.join(map(repr, extra))} besides"] if extra else []
    return " and ".join(parts)


def rows_of(names: tuple[str, ...], columns: list[list[Any]]) -> list[dict[str, Any]]:
    """Give the rows of a table as mappings, in order."""
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def arrow_table(value: Any, kind: TableKind) -> Any:
    """Give a pyarrow table that converts back to exactly what `value` is.

    Raises
    ------
    UnstorableError
        A column holds what Arrow cannot.
    """
    import pyarrow as pa

    if kind == "pyarrow":
        return value if isinstance(value, pa.Table) else pa.Table.from_batches([value])
    if kind == "polars":
        return value.to_arrow()
    if value.columns.nlevels > 1:
        flat_pandas(value)  # raises
    distinct(str(name) for name in value.columns)
    pandas = sys.modules["pandas"]
    has_named_range = isinstance(value.index, pandas.RangeIndex) and value.index.name is not None
    try:
        # Arrow notes a range beside the table and would forget its name and values there.
        return pa.Table.from_pandas(value, preserve_index=True if has_named_range else None)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise UnstorableError(
            (),
            f"is a table with a column that Arrow cannot hold ({'; '.join(map(str, error.args))})",
            "Give the column one type, for example df[column] = df[column].astype(str).",
        ) from None


def arrow_table_of_mappings(records: Sequence[Any]) -> Any:
    """Give rows that are mappings or dataclasses as a pyarrow table.

    Raises
    ------
    UnstorableError
        A row is no mapping, the rows have different keys, or a column has values of several types.
    """
    import pyarrow as pa

    names, columns = columns_of_mappings(
        [as_mapping(row, (position,)) for position, row in enumerate(records)]
    )
    arrays = []
    for name, values in zip(names, columns, strict=True):
        try:
            arrays.append(pa.array(values))
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise UnstorableError(
                (), f"has a column {name!r} that is not of one type ({error})", "Give it values of one type."
            ) from None
    return pa.table(arrays, names=list(names))


def from_arrow(table: Any, kind: TableKind) -> Any:
    """Turn an Arrow table into the kind of table that the partition function returned."""
    if kind == "pandas":
        return table.to_pandas()
    if kind == "polars":
        import polars

        return polars.from_arrow(table)
    return table


def without_pandas_index(table: Any) -> Any:
    """Give an Arrow table without pandas' metadata, its index treated as `flat_pandas` does."""
    metadata = table.schema.pandas_metadata
    table = table.replace_schema_metadata(None)
    if not metadata:
        return table
    index = [name for name in metadata["index_columns"] if isinstance(name, str)]
    if not index:
        return table
    names = list(table.schema.names)
    unnamed = [name for name in index if name.startswith("__index_level_")]
    if len(index) == 1 and unnamed and _is_whole_number(table.schema.field(index[0]).type):
        return table.drop_columns(index)
    new_names = {name: "index" if len(index) == 1 else f"level_{index.index(name)}" for name in unnamed}
    order = index + [name for name in names if name not in index]
    return table.select(order).rename_columns([new_names.get(name, name) for name in order])


def _is_whole_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind))


def refuse_what_looks_like_a_table(value: Any) -> None:
    """Raise for a pandas or polars Series, a LazyFrame and the like, with what to return in their place."""
    if type(value).__module__.partition(".")[0] in ("pandas", "polars", "pyarrow", "dask"):
        raise UnstorableError((), f"is of type {type_name(value)}", remedy(value))
