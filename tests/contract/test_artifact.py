from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.load import check_text
from jupyter_agilab.contract.model import ReduceTable


@pytest.mark.parametrize(
    ("reducer", "function", "output", "path"),
    [
        ("concat-jsonl", None, "artifacts/x.jsonl", "artifacts/x.jsonl"),
        ("concat-jsonl", None, "parallel_stage.toml", "artifacts/clean.jsonl"),
        ("concat-csv", None, "sub/other.TOML", "artifacts/clean.csv"),
        ("collect-json", None, "./own-name", "artifacts/clean.json"),
        ("custom", "sum", "x.toml", "artifacts/clean.json"),
        ("custom", "concat-parquet", "x.toml", "artifacts/clean.parquet"),
        ("collect-json", None, "/data/out.json", "/data/out.json"),
    ],
)
def test_where_the_artifact_goes(base, reducer, function, output, path):
    contract = replace(
        check_text(base).contract, reducer=reducer, output=output, reduce=ReduceTable(function=function)
    )
    assert artifact_path(contract, "own-name") == path


def test_the_warning_names_the_place(base):
    (found,) = check_text(base.replace("artifacts/clean.jsonl", "clean.parallel_stage.toml")).findings
    assert found.hint == 'write output = "artifacts/clean.jsonl"'
