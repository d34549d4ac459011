"""An artifact read back in small bites: for looking at it, not for loading all of it by accident."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import MissingDependencyError, OutputError
from jupyter_agilab.reduce.csv_rows import read_rows

MAX_BYTES = 1 << 30
"""What is loaded as a whole without being asked twice."""

_LOOKED_AT = 100


def records(path: str | Path) -> Iterator[Any]:
    """Read an artifact record by record; memory holds one of them (of Parquet: one batch).

    Parameters
    ----------
    path
        ``.json``: the elements of a list, else the value itself. ``.jsonl``: the value of each line.
        ``.csv``: a mapping of text per row. ``.parquet``: a mapping per row. Anything else: lines of text.

    Raises
    ------
    OutputError
        The file does not exist, or is not what its suffix says: raised at the record that is wrong.
    """
    file = Path(path)
    try:
        yield from _READERS.get(file.suffix.lower(), _lines)(file)
    except FileNotFoundError:
        raise OutputError(f"there is no artifact {file}", hint="Run the contract to make it.") from None
    except (ValueError, csv.Error) as error:
        raise OutputError(
            f"{file} is not valid {file.suffix.lower().lstrip('.') or 'text'}: {error}"
        ) from None


def sample(path: str | Path, n: int = 5) -> list[Any]:
    """Give the first `n` records; see `records`."""
    return list(islice(records(path), n))


def schema(path: str | Path) -> list[tuple[str, str]]:
    """Give the columns and their types, in order.

    Returns
    -------
    list of (column, type)
        Parquet: as the file says. Otherwise guessed from 100 records, as ``int`` or ``float or null``;
        records that are no mappings make one column ``value``.
    """
    file = Path(path)
    if file.suffix.lower() == ".parquet" and file.exists():
        import pyarrow.parquet

        return [(field.name, str(field.type)) for field in pyarrow.parquet.read_schema(file)]
    kinds: dict[str, dict[str, None]] = {}
    kind_of: Callable[[Any], str] = _kind_of_text if file.suffix.lower() == ".csv" else _kind_of_value
    for record in islice(records(file), _LOOKED_AT):
        for name, value in record.items() if isinstance(record, dict) else [("value", record)]:
            kinds.setdefault(name, {})[kind_of(value)] = None
    return [(name, _joined(found)) for name, found in kinds.items()]


def to_pandas(path: str | Path, max_bytes: int | None = MAX_BYTES) -> Any:
    """Load an artifact as a pandas table, if it is not too large.

    Parameters
    ----------
    path
        The artifact. Lists in a JSON list are joined; records that are no mappings make one column ``value``.
    max_bytes
        Refuse files with more data than this (Parquet: uncompressed); None loads whatever it is.

    Raises
    ------
    OutputError
        The file is larger than `max_bytes`, or cannot be read.
    MissingDependencyError
        pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise MissingDependencyError("to_pandas needs pandas", hint="pip install pandas") from None
    file = Path(path)
    if max_bytes is not None and (size := _data_bytes(file)) > max_bytes:
        raise OutputError(
            f"{file} holds {_readable(size)}, more than the {_readable(max_bytes)} that are loaded unasked",
            hint="Look at a sample, iterate over .records(), or load it all with max_bytes=None.",
        )
    suffix = file.suffix.lower()
    if suffix == ".csv" and file.exists():
        return pandas.read_csv(file) if file.stat().st_size else pandas.DataFrame()
    if suffix == ".parquet" and file.exists():
        return pandas.read_parquet(file)
    rows = list(records(file))
    if rows and all(isinstance(row, list) for row in rows):
        rows = [item for row in rows for item in row]
    if all(isinstance(row, dict) for row in rows):
        return pandas.DataFrame(rows)
    return pandas.DataFrame({"value": rows})


def _data_bytes(file: Path) -> int:
    if not file.exists():
        return 0
    if file.suffix.lower() == ".parquet":
        import pyarrow.parquet

        metadata = pyarrow.parquet.read_metadata(file)
        return sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    return file.stat().st_size


def _readable(size_bytes: int) -> str:
    if size_bytes < 1 << 20:
        return f"{size_bytes:,} bytes"
    return (
        f"{size_bytes / (1 << 20):,.1f} MiB" if size_bytes < 1 << 30 else f"{size_bytes / (1 << 30):,.1f} GiB"
    )


def _json_elements(file: Path) -> Iterator[Any]:
    given = 0
    with file.open(encoding="utf-8") as lines:
        try:
            if next(lines, "") == "[\n":
                for line in lines:
                    if line == "]\n":
                        return
                    yield json.loads(line.removesuffix("\n").removesuffix(","))
                    given += 1
        except json.JSONDecodeError:
            pass  # a list that someone else wrote, over several lines per element
    if file.stat().st_size > MAX_BYTES:
        raise OutputError(
            f"{file} is one JSON value of {_readable(file.stat().st_size)}, which would be loaded as a whole",
            hint="Read it with a tool for large JSON files.",
        )
    with file.open(encoding="utf-8") as text:
        value = json.load(text)
    yield from islice(value if isinstance(value, list) else [value], given, None)


def _json_lines(file: Path) -> Iterator[Any]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line != "\n":
                yield json.loads(line)


def _csv_rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        columns: list[str] = []
        for rows in read_rows(text):
            if not columns:
                columns = rows.pop(0)
            for row in rows:
                yield dict(zip(columns, row, strict=False))


def _parquet_rows(file: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(file) as table:
        for batch in table.iter_batches(batch_size=1_000):
            yield from batch.to_pylist()


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield line.rstrip("\n")


_READERS: dict[str, Callable[[Path], Iterator[Any]]] = {
    ".json": _json_elements,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _csv_rows,
    ".parquet": _parquet_rows,
}


def _kind_of_value(value: Any) -> str:
    return "null" if value is None else type(value).__name__


def _kind_of_text(text: str) -> str:
    if text == "":
        return "null"
    if text in ("True", "False"):
        return "bool"
    for kind in (int, float):
        try:
            kind(text)
        except ValueError:
            continue
        return kind.__name__
    return "str"


def _joined(kinds: Iterable[str]) -> str:
    found = set(kinds)
    if {"int", "float"} <= found:
        found.discard("int")
    if "str" in found:
        found -= {"int", "float", "bool"}
    return " or ".join(sorted(found - {"null"}) + (["null"] if "null" in found else []))
