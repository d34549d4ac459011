"""Which file format holds a captured value that the author shares."""

from __future__ import annotations

from typing import Any

from jupyter_agilab.extract.constants import plain_number
from jupyter_agilab.extract.extraction import SharedFormat, SharedValue
from jupyter_agilab.extract.imports import ImportTable
from jupyter_agilab.extract.inputs import MISSING
from jupyter_agilab.extract.kinds import ancestors, describe, is_json
from jupyter_agilab.extract.refusals import Refusal


def share(name: str, value: Any, *, allow_pickle: bool) -> SharedValue | Refusal:
    """Choose the format for a value; a pickle only where it is allowed and nothing else holds the value."""
    if value is MISSING:
        message = f"--share {name}: its value is not known here"
        return Refusal(
            "extract.share", message, "run the cell that makes it, and extract the cell in the kernel"
        )
    described = describe(value)
    plain = plain_number(value)
    formats: tuple[SharedFormat, ...] = ("json",) if is_json(plain) else described.formats
    allowed = [form for form in formats if form != "pickle" or allow_pickle]
    if allowed:
        return SharedValue(name=name, format=allowed[0], described=described.what, value=plain)
    hint = f"no file can hold it: {described.remedy}"
    if formats:
        hint = f"only a pickle can hold it: add --allow-pickle, or {described.remedy}"
    return Refusal("extract.share", f"--share {name}: it is {described.what}", hint)


def shared_annotation(shared: SharedValue, imports: ImportTable) -> str:
    """Give the annotation of a shared parameter, by which the runner knows which library reads its file."""
    library = next(iter(ancestors(shared.value)))[0].partition(".")[0]
    match shared.format, library:
        case "npy", _:
            return imports.reference("numpy", "ndarray", prefer="np")
        case "parquet", "polars":
            return imports.reference("polars", "DataFrame", prefer="pl")
        case "parquet", "pyarrow":
            return imports.reference("pyarrow", "Table", prefer="pa")
        case "parquet", _:
            return imports.reference("pandas", "DataFrame", prefer="pd")
        case "json", _ if shared.value is not None:
            return type(shared.value).__name__
        case _:
            return imports.reference("typing", "Any")
