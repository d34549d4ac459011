"""What a value is, told without running any code of its author.

Only exact types of Python and of known libraries are looked into; of everything else only the type's name is
read, and that by way of `type` itself, since a metaclass may define anything.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jupyter_agilab.extract.extraction import SharedFormat

_READ_IN_CELL = "read it inside the cell"


@dataclass(frozen=True, slots=True)
class Described:
    """A value in words.

    ``formats`` are the files that it can be shared as, best first; ``remedy`` is what helps besides sharing.
    """

    what: str
    formats: tuple[SharedFormat, ...] = ()
    remedy: str = _READ_IN_CELL


def is_one_of(value: object, kinds: Iterable[type]) -> bool:
    """Tell whether the value's type is exactly one of `kinds`, by identity: a type may define ``==``."""
    cls = type(value)
    return any(cls is kind for kind in kinds)


def class_of(value: object) -> tuple[str, str]:
    """Give module and qualified name of the value's type."""
    return class_name(type(value))


def class_name(cls: type) -> tuple[str, str]:
    """Give a type's module and qualified name."""
    module = type.__dict__["__module__"].__get__(cls)
    return module if type(module) is str else "", type.__dict__["__qualname__"].__get__(cls)


def ancestors(value: object) -> Iterator[tuple[str, str]]:
    """Give module and qualified name of the value's type and of all its bases, nearest first."""
    for cls in type.__dict__["__mro__"].__get__(type(value)):
        yield class_name(cls)


def is_exactly(value: object, library: str, name: str) -> bool:
    """Tell whether the value's type is the class that the loaded module `library` shows as `name`."""
    module = sys.modules.get(library)
    return module is not None and module_attribute(module, name) is type(value)


def module_attribute(module: types.ModuleType, name: str) -> object:
    """Look into a module's dictionary, past its ``__getattr__``; None where there is no such name."""
    attributes = object.__getattribute__(module, "__dict__")
    return attributes.get(name) if type(attributes) is dict else None


def is_module(value: object) -> bool:
    """Tell whether the value is a module, lazy ones included."""
    return ("builtins", "module") in ancestors(value)


def describe(value: object) -> Described:
    """Say what a value is that no contract can hold: its type, its size, how it could be shared."""
    for look in (_frame, _array, _plain, _by_type):
        found = look(value)
        if found is not None:
            return found
    module, name = class_of(value)
    if module == "__main__":
        return Described(
            f"an object of the notebook's class {name}",
            (),
            "make it inside the cell; the class travels with it",
        )
    return Described(f"an object of type {_shown(module, name)}", ("pickle",), "make it inside the cell")


def _frame(value: Any) -> Described | None:
    if is_exactly(value, "pandas", "DataFrame"):
        rows, columns = value.shape
        size = int(value.memory_usage(index=True, deep=False).sum())
        return Described(f"a pandas DataFrame, {_shape(rows, columns)}, {size_text(size)}", ("parquet",))
    if is_exactly(value, "pandas", "Series"):
        return Described(
            f"a pandas Series, {value.shape[0]:,} values, {size_text(int(value.memory_usage(deep=False)))}",
            ("pickle",),
            "make a DataFrame of it (`.to_frame()`) and share that, or read it inside the cell",
        )
    if is_exactly(value, "polars", "DataFrame"):
        rows, columns = value.shape
        size = int(value.estimated_size())
        return Described(f"a polars DataFrame, {_shape(rows, columns)}, {size_text(size)}", ("parquet",))
    if is_exactly(value, "pyarrow", "Table"):
        rows, columns = value.shape
        return Described(
            f"a pyarrow Table, {_shape(rows, columns)}, {size_text(int(value.nbytes))}", ("parquet",)
        )
    return None


def _shape(rows: int, columns: int) -> str:
    return f"{rows:,} row{'' if rows == 1 else 's'} x {columns:,} column{'' if columns == 1 else 's'}"


def _array(value: Any) -> Described | None:
    if not is_exactly(value, "numpy", "ndarray"):
        return None
    shape = " x ".join(f"{n:,}" for n in value.shape) or "1"
    what = f"a numpy array, {shape} values of {value.dtype.name}, {size_text(int(value.nbytes))}"
    return Described(what, ("pickle",) if value.dtype.hasobject else ("npy",))


_PLAIN: dict[type, str] = {
    str: "characters",
    bytes: "bytes",
    bytearray: "bytes",
    list: "items",
    tuple: "items",
    dict: "entries",
}
_PLAIN |= {set: "items", frozenset: "items"}


def _plain(value: Any) -> Described | None:
    unit = next((word for kind, word in _PLAIN.items() if type(value) is kind), None)
    if unit is None:
        return None
    name = type(value).__name__
    what = f"{'an' if name[0] in 'aeiou' else 'a'} {name} of {len(value):,} {unit}"
    remedy = "make it smaller, or make it inside the cell"
    return Described(what, ("json", "pickle") if is_json(value) else ("pickle",), remedy)


def is_json(value: Any) -> bool:
    """Tell whether JSON gives back exactly this value: scalars, lists, dictionaries with text keys."""
    pending, seen = [value], 0
    while pending:
        item = pending.pop()
        seen += 1
        if seen > 5_000_000:
            return False
        if type(item) is list:
            pending.extend(item)
        elif type(item) is dict:
            if not all(type(key) is str for key in item):
                return False
            pending.extend(item.values())
        elif item is not None and not is_one_of(item, (str, int, float, bool)):
            return False
    return True


_BY_ROOT: dict[str, tuple[str, str]] = {
    "sklearn": ("a scikit-learn object ({name})", "train or load it inside the cell"),
    "torch": ("a PyTorch object ({name})", "load it inside the cell"),
    "tensorflow": ("a TensorFlow object ({name})", "load it inside the cell"),
    "keras": ("a Keras object ({name})", "load it inside the cell"),
    "xgboost": ("an XGBoost object ({name})", "load it inside the cell"),
    "matplotlib": ("a matplotlib object ({name})", "make the figure inside the cell"),
    "PIL": ("an image ({name})", "open it inside the cell"),
    "dask": ("a Dask object ({name})", "a partition function works on one partition, without Dask"),
    "distributed": ("a Dask object ({name})", "a partition function works on one partition, without Dask"),
}
_NO_PICKLE: dict[tuple[str, str], tuple[str, str]] = {
    ("builtins", "generator"): ("a generator", "make it inside the cell"),
    ("builtins", "coroutine"): ("a coroutine", "a partition function is not asynchronous"),
    ("builtins", "async_generator"): (
        "an asynchronous generator",
        "a partition function is not asynchronous",
    ),
    ("builtins", "memoryview"): ("a memory view", _READ_IN_CELL),
    ("_thread", "lock"): ("a lock", "partitions share no memory, so the cell needs no lock"),
    ("_thread", "RLock"): ("a lock", "partitions share no memory, so the cell needs no lock"),
    ("_io", "_IOBase"): ("an open file", "open it inside the cell, in a `with` block"),
    ("sqlite3", "Connection"): ("a database connection", "connect inside the cell"),
    ("sqlite3", "Cursor"): ("a database cursor", "connect inside the cell"),
    ("_socket", "socket"): ("a network connection", "connect inside the cell"),
    ("threading", "Thread"): ("a thread", "the runner does the work in parallel"),
    ("builtins", "map"): ("an iterator", "make it inside the cell"),
    ("builtins", "filter"): ("an iterator", "make it inside the cell"),
    ("builtins", "zip"): ("an iterator", "make it inside the cell"),
    ("builtins", "enumerate"): ("an iterator", "make it inside the cell"),
    ("_csv", "reader"): ("a CSV reader on an open file", "open the file inside the cell"),
    ("csv", "DictReader"): ("a CSV reader on an open file", "open the file inside the cell"),
}


def _by_type(value: object) -> Described | None:
    line = list(ancestors(value))
    for ancestor in line:
        if ancestor in _NO_PICKLE:
            what, remedy = _NO_PICKLE[ancestor]
            return Described(what, (), remedy)
    module, name = line[0]
    root = module.partition(".")[0]
    if root in {
        "sqlalchemy",
        "psycopg",
        "psycopg2",
        "requests",
        "httpx",
        "aiohttp",
        "socket",
        "ssl",
        "h5py",
        "netCDF4",
    }:
        return Described(
            f"a connection or an open file ({_shown(module, name)})", (), "open it inside the cell"
        )
    if root in _BY_ROOT:
        what, remedy = _BY_ROOT[root]
        return Described(what.format(name=name), ("pickle",), remedy)
    return None


def _shown(module: str, name: str) -> str:
    return name if module == "builtins" else f"{module}.{name}"


def size_text(size_bytes: int) -> str:
    """Give a size in words, decimal units: ``49.3 MB``."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
