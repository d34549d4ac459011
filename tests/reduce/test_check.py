"""The choice of reducer in a contract: found wrong before anything runs, and made where it is right."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

import pytest

from jupyter_agilab.contract.artifact import artifact_path
from jupyter_agilab.contract.model import Contract, ReduceTable
from jupyter_agilab.diagnostics import Finding
from jupyter_agilab.errors import UsageError
from jupyter_agilab.reduce.check import check_reduce
from jupyter_agilab.reduce.concat_parquet import ConcatParquet
from jupyter_agilab.reduce.registry import READY_MADE, CustomReducer, extension_for, meanings, reducer_for


def contract(
    reducer: str = "custom", output: str = "out", function: str | None = None, **options: Any
) -> Contract:
    return Contract(
        name="clean",
        function="stages/clean.py:clean",
        split="files",
        input="data/*.csv",
        workers="auto",
        partition_strategy="one-file-per-partition",
        target_partitions=0,
        min_partitions_per_worker=2,
        reducer=reducer,  # type: ignore[arg-type]  # the tests give names that the model knows
        backend="local",
        output=output,
        reduce=ReduceTable(function=function, options=options),
    )


GOOD = {
    "collect": contract("collect-json", "out/all.json"),
    "jsonl": contract("concat-jsonl", "all.ndjson"),
    "csv": contract("concat-csv", "all.CSV"),
    "unusual suffix": contract("concat-csv", "all.dat"),
    "the contract itself": contract("concat-csv", "clean.parallel_stage.toml"),
    "own function": contract(function="stages/merge.py:merge", anything=1, output="a.csv"),
    "sum": contract(function="sum", keys=["a", "b"], skipna=True, output="sum.json"),
    "sum as a table": contract(function="sum", output="sum.csv"),
    "mean": contract(function="mean", weight="n"),
    "best": contract(function="select-best", by="accuracy", mode="min"),
    "parquet": contract(function="concat-parquet", compression="snappy", output="a.parquet"),
}


@pytest.mark.parametrize("case", GOOD)
def test_good_ones_have_no_findings_and_make_a_reducer(case: str) -> None:
    made = GOOD[case]
    assert check_reduce(made) == ()
    reducer = reducer_for(made, (lambda results: 1) if case == "own function" else None)
    assert reducer.name in (made.reducer, made.reduce.function)


BAD: dict[str, tuple[Contract, list[tuple[str, str, str, str]]]] = {
    "no function": (
        contract(),
        [("reduce.no-function", "reduce.function", 'reducer = "custom" needs the function', "select-best")],
    ),
    "unknown": (
        contract(function="summ"),
        [
            (
                "reduce.unknown-function",
                "reduce.function",
                "'summ' is no ready-made reducer",
                "did you mean 'sum'?",
            )
        ],
    ),
    "unknown and far": (
        contract(function="frobnicate"),
        [
            (
                "reduce.unknown-function",
                "reduce.function",
                "concat-parquet, sum, mean",
                "stages/merge.py:merge",
            )
        ],
    ),
    "option": (
        contract(function="mean", wieght="n"),
        [
            (
                "reduce.unknown-option",
                "reduce.wieght",
                "it takes keys, weight, skipna",
                "did you mean 'weight'?",
            )
        ],
    ),
    "all at once": (
        contract(function="select-best", mode="largest", top=3),
        [
            ("reduce.missing-option", "reduce.by", "select-best needs the option 'by'", ""),
            ("reduce.option-type", "reduce.mode", "is one of 'max', 'min', not 'largest'", ""),
            ("reduce.unknown-option", "reduce.top", "select-best has no option 'top'", ""),
        ],
    ),
    "types": (
        contract(function="sum", keys="a", skipna="yes"),
        [
            (
                "reduce.option-type",
                "reduce.keys",
                'is a list of names, as in ["count", "total"], not \'a\'',
                "",
            ),
            ("reduce.option-type", "reduce.skipna", "is true or false, not 'yes'", ""),
        ],
    ),
    "list of numbers": (
        contract(function="sum", keys=[1]),
        [("reduce.option-type", "reduce.keys", "not [1]", "")],
    ),
    "text option": (
        contract(function="mean", weight=3),
        [("reduce.option-type", "reduce.weight", "the option 'weight' of mean is a text, not 3", "")],
    ),
    "table of another reducer": (
        contract("concat-csv", function="sum"),
        [("reduce.unused-table", "reduce", "'concat-csv'", "delete the table")],
    ),
    "suffix": (
        contract("concat-csv", "all.parquet"),
        [
            (
                "reduce.output-suffix",
                "output",
                "ends in .parquet, which is not what concat-csv writes",
                "all.csv",
            )
        ],
    ),
    "compressed": (
        contract("concat-jsonl", "all.jsonl.gz"),
        [("reduce.output-suffix", "output", "ends in .gz", "all.jsonl.jsonl")],
    ),
    "parquet as csv": (
        contract(function="concat-parquet", output="a.csv"),
        [("reduce.output-suffix", "output", "not what concat-parquet writes", "a.parquet")],
    ),
    "own function to excel": (
        contract(function="m.py:f", output="a.xlsx"),
        [("reduce.output-suffix", "output", "not what your function writes", "a.json")],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_findings(case: str) -> None:
    made, expected = BAD[case]
    found = check_reduce(made)
    assert [(each.code, each.key) for each in found] == [(code, key) for code, key, _, _ in expected]
    for finding, (_, _, message, hint) in zip(found, expected, strict=True):
        assert isinstance(finding, Finding)
        assert message in finding.message
        assert hint in finding.hint


def test_only_a_warning_where_the_run_still_gives_something() -> None:
    for case in ("table of another reducer", "suffix", "compressed"):
        assert [each.severity for each in check_reduce(BAD[case][0])] == ["warning"]


@pytest.mark.parametrize("case", ["no function", "unknown", "option", "all at once"])
def test_a_reducer_is_not_made_from_a_bad_choice(case: str) -> None:
    with pytest.raises(UsageError):
        reducer_for(BAD[case][0])


def test_extensions() -> None:
    for reducer, extension in (("collect-json", ".json"), ("concat-jsonl", ".jsonl"), ("concat-csv", ".csv")):
        assert extension_for(contract(reducer)) == extension
    assert extension_for(contract(function="m.py:f")) == ".json"
    assert extension_for(contract(function="concat-parquet")) == ".parquet"
    assert extension_for(contract(function="mean")) == ".json"


def test_an_artifact_without_a_name_of_its_own_gets_the_same_suffix() -> None:
    cases = [(name, None) for name in ("collect-json", "concat-jsonl", "concat-csv")]
    cases += [("custom", function) for function in (*(each.name for each in READY_MADE), "m.py:f")]
    for reducer, function in cases:
        made = contract(reducer, "clean.parallel_stage.toml", function=function)
        assert PurePath(artifact_path(made)).suffix == extension_for(made)


def test_the_suffix_of_a_custom_artifact_is_the_outputs() -> None:
    for output, suffix in (
        ("a/b.CSV", ".csv"),
        ("a/b.parquet", ".parquet"),
        ("x.toml", ".json"),
        ("noext", ".json"),
    ):
        reducer = reducer_for(contract(output=output, function="m.py:f"), print)
        assert isinstance(reducer, CustomReducer)
        assert reducer.suffix == suffix
    parquet = reducer_for(contract(output="x.toml", function="concat-parquet", compression="gzip"))
    assert isinstance(parquet, ConcatParquet)
    assert parquet.compression == "gzip"


def test_the_reference_names_every_reducer_and_option() -> None:
    text = (Path(__file__).parents[2] / "docs" / "reference" / "reducers.md").read_text("utf-8")
    for name in meanings():
        assert f"`{name}`" in text
    for each in READY_MADE:
        row = next(line for line in text.splitlines() if line.startswith("|") and f"`{each.name}`" in line)
        for option in each.options:
            assert f"`{option}`" in row
