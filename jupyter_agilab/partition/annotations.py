"""What an annotation asks for, read from its text; nothing is imported or evaluated."""

from __future__ import annotations

import ast
from typing import Literal

Asked = Literal[
    "text",
    "path",
    "file-binary",
    "file-text",
    "df-pandas",
    "df-polars",
    "table-arrow",
    "array",
    "dataset",
    "rows",
    "lines",
    "partition",
    "mapping",
    "generator",
    "integer",
    "anything",
    "unknown",
    "other",
]
"""``other``: a type that none of ours can be, such as ``float``. ``unknown``: a name of the user's own."""

_SIMPLE: dict[str, Asked] = {
    "str": "text",
    "Path": "path",
    "PurePath": "path",
    "PosixPath": "path",
    "WindowsPath": "path",
    "PathLike": "path",
    "BinaryIO": "file-binary",
    "BufferedReader": "file-binary",
    "BufferedIOBase": "file-binary",
    "RawIOBase": "file-binary",
    "TextIO": "file-text",
    "TextIOBase": "file-text",
    "TextIOWrapper": "file-text",
    "Table": "table-arrow",
    "ndarray": "array",
    "NDArray": "array",
    "Partition": "partition",
    "dict": "mapping",
    "Dict": "mapping",
    "Mapping": "mapping",
    "MutableMapping": "mapping",
    "int": "integer",
    "Any": "anything",
    "object": "anything",
    "Iterator": "anything",
    "Iterable": "anything",
    **dict.fromkeys(
        ("float", "bool", "complex", "bytes", "list", "List", "tuple", "Tuple", "set", "Set", "frozenset"),
        "other",
    ),
    **dict.fromkeys(
        ("Sequence", "Collection", "Callable", "Series", "LazyFrame", "DataArray", "None"), "other"
    ),
}
_WRAPPERS = {"Optional", "Union", "Annotated", "Final", "Required", "NotRequired"}
_FOREIGN_FRAMES = {"dd", "dask", "dask_expr", "cudf", "modin", "mpd", "pyspark", "ps", "gpd", "geopandas"}


def asked_by(annotation: str | None) -> tuple[Asked, ...]:
    """Give what an annotation asks for; several things where it is a union, nothing where there is none.

    Quoted annotations, ``Optional``, ``Union``, ``X | None`` and ``Annotated`` are looked through. ``None``
    in a union does not count.
    """
    if annotation is None or not annotation.strip():
        return ()
    try:
        node = ast.parse(annotation.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ("unknown",)
    return tuple(dict.fromkeys(_asked(node)))


def _asked(node: ast.expr) -> list[Asked]:
    match node:
        case ast.Constant(value=None):
            return []
        case ast.Constant(value=str(text)):
            return list(asked_by(text))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return [*_asked(left), *_asked(right)]
        case ast.Subscript(value=base, slice=inner):
            return _subscripted(_dotted(base), inner)
        case ast.Name() | ast.Attribute():
            return [_named(_dotted(node))]
    return ["unknown"]


def _subscripted(base: str, inner: ast.expr) -> list[Asked]:
    name = base.rpartition(".")[2]
    items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name in _WRAPPERS:
        wrapped = items[:1] if name == "Annotated" else items
        return [asked for item in wrapped for asked in _asked(item)]
    content = _asked(items[0]) if items else []
    if name == "IO":
        return ["file-text" if "text" in content else "file-binary"]
    if name in {"Iterator", "Iterable", "Generator"}:
        return ["rows" if "mapping" in content else "lines" if "text" in content else "other"]
    return [_named(base)]


def _named(dotted: str) -> Asked:
    module, _, name = dotted.rpartition(".")
    top = module.partition(".")[0]
    if name == "DataFrame":
        if top in {"pl", "polars"}:
            return "df-polars"
        return "other" if top in _FOREIGN_FRAMES else "df-pandas"
    if name == "Dataset":
        return "dataset" if top in {"xr", "xarray"} else "unknown"
    if name == "Generator":
        return "generator"
    if name == "DictReader":
        return "rows"
    return _SIMPLE.get(name, "unknown")


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
