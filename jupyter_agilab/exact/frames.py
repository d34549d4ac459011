"""What pandas has, packed column by column: types, index and order stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jupyter_agilab.exact.kinds import TAG

Pack = Callable[[Any, object], Any]
Unpack = Callable[[Any], Any]


def pack(value: Any, part: Pack) -> dict[str, Any] | None:
    """Pack a frame, a series, an index or a time; None for anything else of pandas', and for subclasses."""
    import pandas as pd

    kind = type(value)
    if kind is pd.DataFrame:
        columns = [_column(value.iloc[:, place].array, part) for place in range(value.shape[1])]
        if any(column is None for column in columns):
            return None
        told = {"columns": part(value.columns, "columns"), "index": part(value.index, "index")}
        return {TAG: "frame", **told, "data": columns, "attrs": part(dict(value.attrs), "attrs")}
    if kind is pd.Series:
        values = _column(value.array, part)
        if values is None:
            return None
        return {
            TAG: "series",
            "values": values,
            "index": part(value.index, "index"),
            "name": part(value.name, "name"),
        }
    if isinstance(value, pd.Index):
        return _index(value, part)
    if kind is pd.Timestamp:
        return {TAG: "stamp", "values": _column(pd.array([value]), part)}
    if kind is pd.Timedelta:
        return {TAG: "stamp", "values": _column(pd.array([value]), part)}
    if kind is pd.Period:
        return {TAG: "period", "text": str(value), "freq": value.freqstr}
    if kind is pd.Interval:
        return {
            TAG: "interval",
            "left": part(value.left, "left"),
            "right": part(value.right, "right"),
            "closed": value.closed,
        }
    if value is pd.NaT:
        return {TAG: "NaT"}
    if value is pd.NA:
        return {TAG: "NA"}
    column = _column(value, part) if isinstance(value, pd.api.extensions.ExtensionArray) else None
    return {TAG: "column", "values": column} if column is not None else None


def _index(index: Any, part: Pack) -> dict[str, Any] | None:
    import pandas as pd

    kind = type(index)
    if kind is pd.RangeIndex:
        return {
            TAG: "RangeIndex",
            "range": [index.start, index.stop, index.step],
            "name": part(index.name, "name"),
        }
    if kind is pd.MultiIndex:
        return {
            TAG: "MultiIndex",
            "levels": [part(level, "level") for level in index.levels],
            "codes": [codes.tolist() for codes in index.codes],
            "names": part(list(index.names), "names"),
        }
    values = _column(index.array, part)
    if values is None:
        return None
    made = {TAG: "Index", "kind": kind.__name__, "values": values, "name": part(index.name, "name")}
    if kind in {pd.DatetimeIndex, pd.TimedeltaIndex}:
        made["freq"] = index.freqstr
    return made


def _column(values: Any, part: Pack) -> Any:
    """Pack one of pandas' arrays; None where its type has no exact form."""
    import numpy as np
    import pandas as pd

    kind = values.dtype
    if isinstance(kind, np.dtype) or isinstance(values, pd.arrays.NumpyExtensionArray):
        return part(np.asarray(values), "values")
    told: dict[str, Any] = {"dtype": str(kind)}
    if isinstance(kind, pd.CategoricalDtype):
        told |= {"as": "category", "codes": part(np.asarray(values.codes), "codes")}
        return told | {"categories": part(values.categories, "categories"), "ordered": bool(kind.ordered)}
    if isinstance(kind, pd.StringDtype):
        texts = [None if missing else text for text, missing in zip(values, pd.isna(values), strict=True)]
        return told | {"as": "text", "items": texts, "storage": kind.storage, "na": kind.na_value is pd.NA}
    if isinstance(kind, pd.DatetimeTZDtype):
        return told | {
            "as": "zoned",
            "npy": part(values.asi8, "values"),
            "zone": str(kind.tz),
            "unit": kind.unit,
        }
    if isinstance(kind, pd.PeriodDtype):
        return told | {"as": "period", "npy": part(values.asi8, "values")}
    if isinstance(kind, pd.IntervalDtype):
        return told | {
            "as": "interval",
            "left": part(values.left, "left"),
            "right": part(values.right, "right"),
            "closed": kind.closed,
        }
    if isinstance(kind, pd.ArrowDtype):
        import pyarrow as pa

        from jupyter_agilab.exact.arrow import arrow_text

        return told | {"as": "arrow", "ipc": arrow_text(pa.table({"values": pa.array(values)}))}
    if hasattr(kind, "numpy_dtype"):
        missing = np.asarray(pd.isna(values))
        plain = values.to_numpy(dtype=kind.numpy_dtype, na_value=kind.numpy_dtype.type(0))
        return told | {"as": "masked", "npy": part(plain, "values"), "mask": part(missing, "mask")}
    return None


def _column_from(told: Any, inner: Unpack) -> Any:
    import pandas as pd

    form = told.get("as")
    if form is None:
        return inner(told)
    if form == "category":
        return pd.Categorical.from_codes(
            inner(told["codes"]), categories=inner(told["categories"]), ordered=told["ordered"]
        )
    if form == "text":
        missing: Any = pd.NA if told["na"] else float("nan")
        kind = pd.StringDtype(told["storage"], na_value=missing)
        return pd.array([missing if text is None else text for text in told["items"]], dtype=kind)
    if form == "zoned":
        moments = inner(told["npy"]).view(f"M8[{told['unit']}]")
        return pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(told["zone"]).array
    if form == "period":
        index: Any = pd.PeriodIndex  # the stubs do not know from_ordinals
        return index.from_ordinals(inner(told["npy"]), freq=told["dtype"][7:-1]).array
    if form == "interval":
        left, right = inner(told["left"]), inner(told["right"])
        return pd.arrays.IntervalArray.from_arrays(left, right, closed=told["closed"])
    if form == "arrow":
        table = inner({TAG: "arrow", "ipc": told["ipc"]})
        return pd.arrays.ArrowExtensionArray(table["values"])
    made = pd.array(inner(told["npy"]), dtype=told["dtype"])
    made[inner(told["mask"])] = pd.NA
    return made


def _frame_from(value: Mapping[str, Any], inner: Unpack) -> Any:
    import pandas as pd

    index, columns = inner(value["index"]), inner(value["columns"])
    parts = {place: _column_from(told, inner) for place, told in enumerate(value["data"])}
    series = {place: _series(array, index) for place, array in parts.items()}
    frame = pd.DataFrame(series, index=index, columns=range(len(parts)))
    frame.columns = columns
    frame.attrs = inner(value["attrs"])
    return frame


def _series(array: Any, index: Any, name: Any = None) -> Any:
    import numpy as np
    import pandas as pd

    kind = object if isinstance(array, np.ndarray) and array.dtype == object else None
    return pd.Series(array, index=index, name=name, dtype=kind)


def _series_from(value: Mapping[str, Any], inner: Unpack) -> Any:
    return _series(_column_from(value["values"], inner), inner(value["index"]), inner(value["name"]))


def _index_from(value: Mapping[str, Any], inner: Unpack) -> Any:
    import numpy as np
    import pandas as pd

    array, name = _column_from(value["values"], inner), inner(value["name"])
    kind: Any = getattr(pd, value["kind"])
    if kind in {pd.DatetimeIndex, pd.TimedeltaIndex}:
        return kind(array, name=name, freq=value["freq"])
    if kind is pd.Index:
        return pd.Index(array, name=name, dtype=array.dtype, copy=isinstance(array, np.ndarray))
    return kind(array, name=name)


def _multi_from(value: Mapping[str, Any], inner: Unpack) -> Any:
    import pandas as pd

    levels = [inner(level) for level in value["levels"]]
    return pd.MultiIndex(levels=levels, codes=value["codes"], names=inner(value["names"]))


def _range_from(value: Mapping[str, Any], inner: Unpack) -> Any:
    import pandas as pd

    start, stop, step = value["range"]
    return pd.RangeIndex(start, stop, step, name=inner(value["name"]))


def _period_from(value: Mapping[str, Any], _: Unpack) -> Any:
    import pandas as pd

    return pd.Period(value["text"], freq=value["freq"])


def _interval_from(value: Mapping[str, Any], inner: Unpack) -> Any:
    import pandas as pd

    return pd.Interval(inner(value["left"]), inner(value["right"]), closed=value["closed"])


def _stamp_from(value: Mapping[str, Any], inner: Unpack) -> Any:
    import pandas as pd

    return pd.Series(_column_from(value["values"], inner)).iloc[0]


def _missing(name: str) -> Any:
    import pandas as pd

    return getattr(pd, name)


READERS: Mapping[str, Callable[[Mapping[str, Any], Unpack], Any]] = {
    "frame": _frame_from,
    "series": _series_from,
    "Index": _index_from,
    "MultiIndex": _multi_from,
    "RangeIndex": _range_from,
    "stamp": _stamp_from,
    "period": _period_from,
    "interval": _interval_from,
    "column": lambda value, inner: _column_from(value["values"], inner),
    "NaT": lambda value, inner: _missing("NaT"),
    "NA": lambda value, inner: _missing("NA"),
}
"""By the tag of the packed table."""
