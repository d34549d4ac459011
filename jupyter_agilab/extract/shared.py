"""Write captured data as files that travel with the contract."""

from __future__ import annotations

import json
import pickle
from io import BytesIO
from pathlib import Path
from typing import Any

from jupyter_agilab.atomic import write_bytes
from jupyter_agilab.contract.model import SharedItem
from jupyter_agilab.errors import OutputError
from jupyter_agilab.extract.extraction import Extraction, SharedValue
from jupyter_agilab.extract.inputs import MISSING
from jupyter_agilab.extract.names import bytes_digest, identifier

NOT_WRITTEN = "blake2b:" + "0" * 32
"""Digest of shared data that was promised and is not there yet."""

_SUFFIX = {"parquet": ".parquet", "npy": ".npy", "json": ".json", "pickle": ".pickle"}


def write_shared(extraction: Extraction, folder: Path) -> dict[str, SharedItem]:
    """Write the extraction's shared values to ``stages/NAME_shared/``; what is there already is not touched.

    Only here, and only for a pickle that was asked for, does code of a value's type run. Returns what the
    contract's ``[shared]`` says: one entry for each value, in the order of the function's parameters.

    Raises
    ------
    jupyter_agilab.errors.OutputError
        A value cannot be written in its format, or the folder cannot be written.
    """
    items: dict[str, SharedItem] = {}
    for name, shared in extraction.shared.items():
        relative = f"stages/{identifier(extraction.name)}_shared/{name}{_SUFFIX[shared.format]}"
        path = folder / relative
        if shared.value is MISSING:
            items[name] = SharedItem(path=relative, format=shared.format, digest=_digest_there(path))
            continue
        data = _encoded(shared)
        try:
            if not path.is_file() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(path, data)
        except OSError as error:
            raise OutputError(f"{relative} cannot be written: {error.strerror or error}") from error
        items[name] = SharedItem(path=relative, format=shared.format, digest=bytes_digest(data))
    return items


def _digest_there(path: Path) -> str:
    """Give the digest of a file that somebody else writes; one that no file has where it is not there yet."""
    try:
        return bytes_digest(path.read_bytes())
    except OSError:
        return NOT_WRITTEN


def _encoded(shared: SharedValue) -> bytes:
    try:
        match shared.format:
            case "parquet":
                return _parquet(shared.value)
            case "npy":
                return _npy(shared.value)
            case "json":
                return json.dumps(shared.value, ensure_ascii=False).encode("utf-8", "surrogatepass")
            case "pickle":
                return pickle.dumps(shared.value, protocol=5)
    except OutputError:
        raise
    except Exception as error:  # a pickle runs code of the value's type, and Parquet refuses in many ways
        raise OutputError(
            f"{shared.name!r} ({shared.described}) cannot be written as {shared.format}: {error}",
            hint="make it inside the cell, or turn it into a plain table or array",
        ) from error


def _npy(value: Any) -> bytes:
    import numpy as np

    out = BytesIO()
    np.save(out, value, allow_pickle=False)
    return out.getvalue()


def _parquet(value: Any) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    library = type(value).__module__.partition(".")[0]
    if library == "pandas":
        value = pa.Table.from_pandas(value)
    elif library == "polars":
        value = value.to_arrow()
    out = BytesIO()
    pq.write_table(value, out)
    return out.getvalue()
