"""Shared values are written once, and loading the files gives the values again."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_agilab.errors import OutputError
from jupyter_agilab.extract.context import CellContext
from jupyter_agilab.extract.extraction import Extraction
from jupyter_agilab.extract.from_cell import extract
from jupyter_agilab.extract.shared import write_shared

FRAME = pd.DataFrame(
    {"a": [1, 2], "b": ["x", None], "t": pd.to_datetime(["2013-01-01", "2013-01-02"])}, index=["p", "q"]
)


def shared(value: Any, **options: Any) -> Extraction:
    context = CellContext(namespace={"value": value})
    return extract(
        "f(path, value)", name="work", split="files", context=with_f(context), share=["value"], **options
    )


def with_f(context: CellContext) -> CellContext:
    return CellContext(namespace={**(context.namespace or {}), "f": max})


@pytest.mark.parametrize(
    ("value", "form", "annotation"),
    [
        (FRAME, "parquet", "pd.DataFrame"),
        (pl.DataFrame({"a": [1]}), "parquet", "pl.DataFrame"),
        (pa.table({"a": [1]}), "parquet", "pa.Table"),
        (np.arange(6).reshape(2, 3), "npy", "np.ndarray"),
        ([1, {"a": None}], "json", "list"),
        ("text", "json", "str"),
        (np.float64(2.5), "json", "float"),
    ],
)
def test_format_file_and_digest(tmp_path: Path, value: Any, form: str, annotation: str) -> None:
    found = shared(value)
    items = write_shared(found, tmp_path)
    item = items["value"]
    assert item.format == form
    assert item.path == f"stages/work_shared/value.{form}"
    data = (tmp_path / item.path).read_bytes()
    assert item.digest == f"blake2b:{hashlib.blake2b(data, digest_size=16).hexdigest()}"
    parameter = next(argument for argument in found.signature if argument.name == "value")
    assert (parameter.annotation, parameter.keyword_only) == (annotation, True)


def test_files_give_the_values_again(tmp_path: Path) -> None:
    array = np.linspace(0, 1, 7)
    nested = {"a": [1, 2.5, None, True, "ä"], "b": {}}
    for value, read in (
        (FRAME, pd.read_parquet),
        (pl.DataFrame({"a": [1]}), pl.read_parquet),
        (pa.table({"a": [1]}), pq.read_table),
    ):
        path = tmp_path / write_shared(shared(value), tmp_path)["value"].path
        assert read(path).equals(value)
    assert np.array_equal(np.load(tmp_path / write_shared(shared(array), tmp_path)["value"].path), array)
    assert (
        json.loads((tmp_path / write_shared(shared(nested), tmp_path)["value"].path).read_text("utf-8"))
        == nested
    )


def test_same_value_is_not_written_again(tmp_path: Path) -> None:
    first = write_shared(shared(FRAME), tmp_path)
    path = tmp_path / first["value"].path
    os.utime(path, ns=(1, 1))
    assert write_shared(shared(FRAME.copy()), tmp_path) == first
    assert path.stat().st_mtime_ns == 1
    assert write_shared(shared(FRAME.assign(a=0)), tmp_path) != first


@pytest.mark.parametrize("value", [(1, 2), {1: 2}, {3}, object(), np.array([None])])
def test_what_only_a_pickle_holds(value: Any) -> None:
    refused = shared(value)
    assert not refused.ok
    assert any("--allow-pickle" in finding.hint for finding in refused.findings)
    assert shared(value, allow_pickle=True).shared["value"].format == "pickle"


def test_pickle_when_asked_for(tmp_path: Path) -> None:
    item = write_shared(shared((1, 2), allow_pickle=True), tmp_path)["value"]
    assert pickle.loads((tmp_path / item.path).read_bytes()) == (1, 2)


def test_what_no_file_holds() -> None:
    for value in ((x for x in "ab"), open(os.devnull)):  # noqa: SIM115  # it is the value
        found = shared(value, allow_pickle=True)
        assert not found.ok
        assert any("no file can hold it" in finding.hint for finding in found.findings)
        value.close()


def test_a_value_that_its_format_refuses(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"'value' .* cannot be written as parquet"):
        write_shared(shared(pd.DataFrame({"a": [1, "x"]})), tmp_path)
    with pytest.raises(OutputError, match="cannot be written as pickle"):
        write_shared(shared({1: lambda: 0}, allow_pickle=True), tmp_path)
