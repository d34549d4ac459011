"""Arrays and tables, packed: numpy, pandas, polars, pyarrow."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from jupyter_agilab.exact.arrow import arrow_table, arrow_text
from jupyter_agilab.exact.kinds import TAG, class_key

Pack = Callable[[Any, object], Any]
Unpack = Callable[[Any], Any]


def pack(value: Any, part: Pack) -> dict[str, Any] | None:
    """Pack a value of one of the libraries; None where there is no exact form. `part` packs parts of it."""
    root = type(value).__module__.partition(".")[0]
    if root == "numpy":
        return _numpy(value, part)
    if root == "pandas":
        from jupyter_agilab.exact import frames

        return frames.pack(value, part)
    return _arrow(value)


def unpack(tag: str, value: Mapping[str, Any], inner: Unpack) -> Any:
    """Give back what `pack` made.

    Raises
    ------
    KeyError
        `tag` is none of ours.
    """
    if tag == "numpy":
        import numpy as np

        return np.dtype(value["dtype"]).type(value["value"])
    if tag == "array":
        return _array_from(value["npy"])
    if tag == "scalar":
        return _array_from(value["npy"])[()]
    if tag == "objects":
        return _objects_from(value, inner)
    if tag == "polars":
        return _polars_from(value)
    if tag == "arrow":
        return arrow_table(value["ipc"])
    from jupyter_agilab.exact import frames

    return frames.READERS[tag](value, inner)


def _numpy(value: Any, part: Pack) -> dict[str, Any] | None:
    import numpy as np

    kind = type(value)
    if kind is np.ndarray:
        if value.dtype.kind == "O":
            items = [part(item, index) for index, item in enumerate(value.ravel().tolist())]
            return {TAG: "objects", "shape": list(value.shape), "items": items}
        return None if value.dtype.hasobject else {TAG: "array", "npy": _npy(value)}
    if not isinstance(value, np.generic) or value.dtype.hasobject:
        return None
    if kind in {np.float64, np.float32, np.int64, np.int32, np.bool_, np.str_}:
        return {
            TAG: "numpy",
            "dtype": value.dtype.name if kind is not np.str_ else "str",
            "value": value.item(),
        }
    return {TAG: "scalar", "npy": _npy(np.asarray(value))}


def _npy(value: Any) -> str:
    import numpy as np

    out = BytesIO()
    np.save(out, value, allow_pickle=False)
    return base64.b64encode(out.getvalue()).decode("ascii")


def _array_from(text: str) -> Any:
    import numpy as np

    return np.load(BytesIO(base64.b64decode(text)), allow_pickle=False)


def _objects_from(value: Mapping[str, Any], inner: Unpack) -> Any:
    import numpy as np

    items = value["items"]
    flat = np.empty(len(items), dtype=object)
    for index, item in enumerate(items):
        flat[index] = inner(item)
    return flat.reshape(value["shape"])


def _arrow(value: Any) -> dict[str, Any] | None:
    name = class_key(type(value)).rpartition(".")[2]
    root = type(value).__module__.partition(".")[0]
    if root == "polars" and name in {"DataFrame", "Series"}:
        frame = value.to_frame() if name == "Series" else value
        out = BytesIO()
        frame.write_ipc(out)
        return {TAG: "polars", "kind": name, "ipc": base64.b64encode(out.getvalue()).decode("ascii")}
    if root == "pyarrow" and name == "Table":
        return {TAG: "arrow", "ipc": arrow_text(value)}
    return None


def _polars_from(value: Mapping[str, Any]) -> Any:
    import polars as pl

    frame = pl.read_ipc(BytesIO(base64.b64decode(value["ipc"])))
    return frame.to_series() if value["kind"] == "Series" else frame
