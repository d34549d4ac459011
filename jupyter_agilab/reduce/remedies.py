"""What to return in place of a value that cannot be stored."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

_TO_LIST = "Return list(...) of it."
_PROCESS_BOUND = "It means something only inside this process: return the data that it guards or reads."
_MODULES_OF_HANDLES = (
    "_thread",
    "threading",
    "_io",
    "io",
    "socket",
    "sqlite3",
    "multiprocessing",
    "queue",
    "mmap",
)


def remedy(value: Any) -> str:
    """Say what to return in place of a value that cannot be stored."""
    kind = type(value)
    module = kind.__module__
    family = module.partition(".")[0]
    if isinstance(value, (set, frozenset)):
        return "Return sorted(...) of it, or list(...) where the items have no order."
    if family in ("pandas", "polars", "pyarrow", "dask"):
        return _remedy_for_data(kind.__name__, family)
    if isinstance(value, complex):
        return "Return [z.real, z.imag]."
    if family == "numpy" and kind.__name__ == "timedelta64":
        return 'Return value / numpy.timedelta64(1, "s"), the seconds.'
    if hasattr(value, "tolist"):
        return "Return .tolist() of it, or a table (pandas, polars or pyarrow)."
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "Return .decode() of it if it is text; otherwise write a file and return its path."
    if isinstance(value, timedelta):
        return "Return .total_seconds() of it."
    if isinstance(value, Decimal):
        return "Return float(...) of it, or str(...) to keep every digit."
    if isinstance(value, (FunctionType, BuiltinFunctionType, MethodType, type)):
        return "Return what it gives when it is called."
    if isinstance(value, ModuleType) or family in _MODULES_OF_HANDLES:
        return _PROCESS_BOUND
    if hasattr(value, "__await__"):
        return "Return what it gives when it is awaited: asyncio.run(...) inside the function."
    if hasattr(value, "__iter__"):
        return _TO_LIST
    return "Return numbers, text, lists, dictionaries, a dataclass or a table made from it."


def _remedy_for_data(name: str, family: str) -> str:
    if name == "Series":
        return "Return .to_frame() of it for a table, or .to_dict() (pandas) or .to_list() for its values."
    if name == "LazyFrame":
        return "Return .collect() of it."
    if family == "dask":
        return "Return .compute() of it."
    if name in ("DataFrame", "Table", "RecordBatch"):
        rows = {"pandas": '.to_dict("records")', "polars": ".to_dicts()", "pyarrow": ".to_pylist()"}[family]
        return f"Return the table by itself, or {rows} of it."
    if name == "Timedelta":
        return "Return .total_seconds() of it."
    if name in ("Period", "Interval"):
        return "Return str(...) of it."
    if family == "pyarrow":
        return "Return .to_pylist() of it."
    return "Return .tolist() of it."
