"""Captured data that travels as a file: checked against its digest and loaded once per worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_agilab.errors import AgilabError


class SharedFileError(AgilabError):
    """A file of ``[shared]`` is missing, or is not the one that the contract was written with."""

    code = "shared-file"


def load_shared(name: str, item: Mapping[str, str], folder: Path, annotation: str | None = None) -> Any:
    """Load one shared value.

    Parameters
    ----------
    item
        ``path``, ``format`` and ``digest`` as in the contract.
    annotation
        The parameter's annotation; one that names polars or pyarrow gets such a table, any other a pandas
        frame.

    Raises
    ------
    SharedFileError
        The file is missing or its digest differs.
    """
    path = folder / item["path"]
    found = digest_of_file(path)
    if found is None:
        raise SharedFileError(
            f"the shared file {item['path']} of {name!r} is missing",
            hint="run the stage's cell again to write it",
        )
    if found != item["digest"]:
        raise SharedFileError(
            f"the shared file {item['path']} of {name!r} has changed since the contract was written",
            hint="run the stage's cell again, so that contract and file agree",
        )
    kind = item["format"]
    if kind == "npy":
        import numpy

        return numpy.load(path, allow_pickle=False)
    if kind == "parquet":
        return _load_table(path, annotation or "")
    if kind == "json":
        return json.loads(path.read_text("utf-8"))
    import pickle

    # the author asked for a pickle by name (--allow-pickle), and its digest is the contract's
    return pickle.loads(path.read_bytes())  # noqa: S301


def digest_of_file(path: Path) -> str | None:
    """Give ``blake2b:`` and 32 hexadecimal digits of a file's bytes; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
    except OSError:
        return None
    return f"blake2b:{digest.hexdigest()}"


def _load_table(path: Path, annotation: str) -> Any:
    if annotation.startswith(("pl.", "polars.")):
        import polars

        return polars.read_parquet(path)
    if annotation.startswith(("pa.", "pyarrow.")):
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path)
    import pandas

    return pandas.read_parquet(path)
