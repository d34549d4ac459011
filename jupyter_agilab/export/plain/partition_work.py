"""Run partitions of an exported stage, and store what they return; needs what the stage itself needs.

Written by `jupyter agilab export`. It is yours: change it as you like.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime
import enum
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import random
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
_TEXT_FORMATS = ("csv", "tsv", "jsonl", "text")


def _value_of(table: dict[str, Any]) -> Any:
    """Give a date or time for ``{"$date": "2013-01-02"}``."""
    kinds: dict[str, Callable[[str], Any]] = {
        "$datetime": datetime.datetime.fromisoformat,
        "$date": datetime.date.fromisoformat,
        "$time": datetime.time.fromisoformat,
    }
    if len(table) == 1:
        ((name, value),) = table.items()
        if name in kinds:
            return kinds[name](value)
    return table


SETTINGS: dict[str, Any] = json.loads((HERE / "stage.json").read_text("utf-8"), object_hook=_value_of)
DATA = (HERE / SETTINGS["data"]).resolve()
"""The folder that inputs and the artifact are relative to."""


def partitions(first: int = 0, stop: int | None = None) -> Iterator[dict[str, Any]]:
    """Give the partitions from `first` on, in their order."""
    with (HERE / "partitions.jsonl").open(encoding="utf-8") as lines:
        for index, line in enumerate(lines):
            if stop is not None and index >= stop:
                return
            if index >= first:
                yield json.loads(line, object_hook=_value_of)


def load(reference: str) -> Any:
    """Import ``code/stages/work.py:work``."""
    entry, _, name = reference.rpartition(":")
    code = HERE / "code"
    for folder in (str(DATA), str((code / entry).parent), str(code)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    if not entry.endswith(".py"):
        return getattr(importlib.import_module(entry), name)
    module_name = "stage_" + pathlib.Path(entry).stem
    if module_name not in sys.modules:
        specification = importlib.util.spec_from_file_location(module_name, code / entry)
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        sys.modules[module_name] = module
        _seed("")
        specification.loader.exec_module(module)
    return getattr(sys.modules[module_name], name)


def run_partition(partition: dict[str, Any]) -> dict[str, Any]:
    """Call the stage's function for one partition; give its result as it is stored."""
    os.chdir(DATA)
    function = load(SETTINGS["function"])
    positional: list[Any] = []
    named: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        for name, source, is_positional in SETTINGS["arguments"]:
            value = _argument(name, source, partition, stack)
            if is_positional:
                positional.append(value)
            else:
                named[name] = value
        _seed(partition["id"])
        stored = store(function(*positional, **named))
    return {"index": partition["index"], **stored}


def _argument(name: str, source: str, partition: dict[str, Any], stack: contextlib.ExitStack) -> Any:
    parameters = partition.get("parameters") or {}
    if source == "sweep":
        return parameters[name]
    if source == "params":
        return dict(parameters)
    if source == "constant":
        return json.loads(json.dumps(SETTINGS["parameters"][name], default=_tagged), object_hook=_value_of)
    if source == "shared":
        return _shared(SETTINGS["shared"][name])
    if source == "seed":
        return _digest(f"{SETTINGS['seed']}:{partition['id']}", 4)
    if source == "rng":
        import numpy

        entropy = [abs(SETTINGS["seed"]), int(partition["id"], 16)]
        return numpy.random.default_rng(numpy.random.SeedSequence(entropy))
    return _slice(source, partition, stack)


def _tagged(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return {"$datetime": value.isoformat()}
    return {"$date" if isinstance(value, datetime.date) else "$time": value.isoformat()}


def _shared(item: Mapping[str, str]) -> Any:
    path = DATA / item["path"]
    if item["format"] == "json":
        return json.loads(path.read_text("utf-8"))
    if item["format"] == "npy":
        import numpy

        return numpy.load(path, allow_pickle=False)
    import pandas

    return pandas.read_parquet(path)


def _slice(source: str, partition: dict[str, Any], stack: contextlib.ExitStack) -> Any:
    """Give the partition's part of its file in the form that the function asks for."""
    path = pathlib.Path(partition["source"])
    if source in {"path-str", "path-Path"}:
        if partition["kind"] != "file":
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            path = folder / f"{path.stem}-{partition['start']}-{partition['stop']}{path.suffix}"
            if partition["format"] == "parquet":
                import pyarrow.parquet

                pyarrow.parquet.write_table(_arrow(partition), path)
            else:
                path.write_bytes(_bytes(partition))
        return str(path) if source == "path-str" else path
    if partition["format"] == "parquet":
        table = _arrow(partition)
        if source == "df-pandas":
            return table.to_pandas()
        if source == "table-arrow":
            return table
        if source == "df-polars":
            import polars

            return polars.from_arrow(table)
        if source == "rows":
            return iter(table.to_pylist())
    if source == "file-binary":
        stream = path.open("rb") if partition["kind"] == "file" else io.BytesIO(_bytes(partition))
        return stack.enter_context(stream)
    if source == "file-text":
        return stack.enter_context(_text(partition))
    if source == "lines":
        return (line.rstrip("\r\n") for line in stack.enter_context(_text(partition)))
    if source == "rows":
        return _rows(partition, stack.enter_context(_text(partition)))
    return _pandas(partition)


def _bytes(partition: dict[str, Any]) -> bytes:
    """Give a range of bytes with the header before it, as if it were a file of its own."""
    with pathlib.Path(partition["source"]).open("rb") as stream:
        header = stream.read(partition["header_bytes"])
        stream.seek(partition["start"])
        return header + stream.read(partition["stop"] - partition["start"])


def _text(partition: dict[str, Any]) -> io.TextIOWrapper:
    whole = partition["kind"] == "file"
    stream = pathlib.Path(partition["source"]).open("rb") if whole else io.BytesIO(_bytes(partition))
    newline = "" if partition["format"] in {"csv", "tsv"} else None
    return io.TextIOWrapper(
        stream, encoding=SETTINGS["reader"].get("encoding") or "utf-8-sig", newline=newline
    )


def _delimiter(partition: dict[str, Any]) -> str:
    return SETTINGS["reader"].get("delimiter") or ("\t" if partition["format"] == "tsv" else ",")


def _rows(partition: dict[str, Any], text: io.TextIOWrapper) -> Iterator[dict[str, Any]]:
    if partition["format"] == "jsonl":
        return (json.loads(line) for line in text if line.strip())
    if partition["format"] == "text":
        return ({"line": line.rstrip("\n")} for line in text)
    return csv.DictReader(text, delimiter=_delimiter(partition))


def _pandas(partition: dict[str, Any]) -> Any:
    import pandas

    if partition["format"] in {"csv", "tsv"}:
        columns = SETTINGS["reader"].get("columns") or None
        with _text(partition) as text:
            frame = pandas.read_csv(text, sep=_delimiter(partition), usecols=columns)
        return frame if columns is None else frame[columns]
    with _text(partition) as text:
        return pandas.DataFrame(list(_rows(partition, text)))


def _arrow(partition: dict[str, Any]) -> Any:
    import pyarrow.parquet

    columns = SETTINGS["reader"].get("columns") or None
    with pyarrow.parquet.ParquetFile(partition["source"]) as file:
        if partition["kind"] == "file":
            return file.read(columns=columns)
        table = file.read(columns=columns)
        return table.slice(partition["start"], partition["stop"] - partition["start"])


def _digest(text: str, size: int) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=size).digest(), "big")


def _seed(partition_id: str) -> None:
    """Start the global generators anew, so that results do not depend on who runs what."""
    random.seed(_digest(f"{SETTINGS['seed']}:random:{partition_id}", 8))
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(_digest(f"{SETTINGS['seed']}:{partition_id}", 4))


def store(value: Any) -> dict[str, Any]:
    """Give a result as text: what the merge puts one after another."""
    records = SETTINGS["records"]
    if records != "value" or _is_table(value):
        value = _plain_rows(value)
    if records == "csv":
        rows = [] if value is None else value if isinstance(value, list) else [value]
        columns = list(rows[0]) if rows else []
        cells = [[None if row[name] != row[name] else row[name] for name in columns] for row in rows]
        return {"columns": columns, "records": len(rows), "text": _csv_text(cells)}
    if records == "jsonl":
        lines = [] if value is None else value if isinstance(value, list) else [value]
        return {"columns": [], "records": len(lines), "text": "".join(json_line(each) for each in lines)}
    return {"columns": [], "records": 1, "text": json_line(value)}


def _csv_text(rows: list[list[Any]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def json_line(value: Any) -> str:
    """Give a value as one line of JSON without spaces."""
    text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    for line_end in "\x85\u2028\u2029":
        text = text.replace(line_end, f"\\u{ord(line_end):04x}")
    return text + "\n"


def _is_table(value: Any) -> bool:
    family = type(value).__module__.partition(".")[0]
    return family in {"pandas", "polars", "pyarrow"} and type(value).__name__ in {"DataFrame", "Table"}


def _plain_rows(value: Any) -> Any:
    if not _is_table(value):
        return plain(value)
    family = type(value).__module__.partition(".")[0]
    if family == "pyarrow":
        return plain(value.to_pylist())
    if family == "polars":
        return plain(value.to_dicts())
    index = value.index
    if index.nlevels > 1 or index.name is not None or getattr(index.dtype, "kind", "") not in "iu":
        value = value.reset_index()
    return plain(value.to_dict("records"))


def plain(value: Any) -> Any:
    """Give a value as JSON has it: dates as ISO 8601, numpy's scalars as Python's, keys as text."""
    if value is None or type(value) in {str, int, float, bool}:
        return value
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, pathlib.PurePath):
        return value.as_posix()
    if isinstance(value, uuid.UUID):
        return str(value)
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        return str(value) if value.dtype.kind in "M" else plain(value.item())
    raise TypeError(f"a result of type {type(value).__name__} cannot be stored; return plain values")


def _key(key: Any) -> str:
    made = plain(key)
    return made if isinstance(made, str) else json.dumps(made)
