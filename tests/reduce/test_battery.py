"""What every reducer must do: keep the partition order, not care where results lie, answer for none."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import REDUCERS as NAMES
from jupyter_agilab.contract.model import Contract, ReduceTable
from jupyter_agilab.errors import ReduceError
from jupyter_agilab.reduce.concat_parquet import ConcatParquet
from jupyter_agilab.reduce.records import encode
from jupyter_agilab.reduce.registry import READY_MADE, REDUCERS, CustomReducer, meanings, reducer_for
from jupyter_agilab.reduce.types import Reducer


def contract(reducer: str, output: str = "artifacts/out.json", **reduce: Any) -> Contract:
    function = reduce.pop("function", None)
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
        reduce=ReduceTable(function=function, options=reduce),
    )


def collected(results: Any) -> list[Any]:
    return list(results)


def of(name: str) -> Reducer:
    if name == "custom":
        return reducer_for(contract("custom"), collected)
    if name in NAMES:
        return reducer_for(contract(name))
    options = {"by": "n"} if name == "select-best" else {}
    return reducer_for(contract("custom", function=name, output=f"out{_EXTENSIONS[name]}", **options))


_EXTENSIONS = {each.name: each.extension for each in READY_MADE}
ALL = (*NAMES, *_EXTENSIONS)


def read(reducer: Reducer, artifact: bytes) -> list[dict[str, Any]]:
    """Read an artifact by other means than ours, with numbers as numbers."""
    if reducer.name == "concat-jsonl":
        return [json.loads(line) for line in artifact.decode().splitlines()]
    if reducer.name == "concat-csv":
        rows = csv.DictReader(io.StringIO(artifact.decode(), newline=""))
        return [{"n": int(row["n"]), "text": row["text"]} for row in rows]
    if reducer.name == "concat-parquet":
        import pyarrow.parquet as pq

        return pq.read_table(io.BytesIO(artifact)).to_pylist()
    return json.loads(artifact)


def test_the_registry_has_every_reducer_of_the_contract() -> None:
    assert [each.name for each in REDUCERS] == [name for name in NAMES if name != "custom"]


@pytest.mark.parametrize("name", ALL)
def test_each_reducer_says_what_it_is_for(name: str) -> None:
    reducer = of(name)
    assert reducer.name == name
    assert "\n" not in reducer.meaning
    assert 10 < len(reducer.meaning) < 80
    assert reducer.extension.startswith(".")


texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["", '"', ",", "\n", "\r\n", "\r", 'a "b"\n,c', "é\u2028", "\x00"]
)
rows = st.builds(lambda n, text: {"n": n, "text": text}, st.integers(-(2**40), 2**40), texts)


@st.composite
def values_and_layout(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[int]]]:
    values = draw(st.lists(rows, min_size=1, max_size=12))
    order = draw(st.permutations(range(len(values))))
    cuts = sorted(draw(st.sets(st.integers(1, len(values)), max_size=4)) | {len(values)})
    return values, [list(order[start:stop]) for start, stop in zip([0, *cuts], cuts, strict=False)]


KEEPS_EVERY_RECORD = (*NAMES, "concat-parquet")


@pytest.mark.parametrize("name", KEEPS_EVERY_RECORD)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=values_and_layout())
def test_order_is_kept_and_the_layout_does_not_matter(
    name: str, case: tuple[list[Any], list[list[int]]], lay_out: Callable[..., Any]
) -> None:
    values, layout = case
    reducer = of(name)
    encoded = [encode(value, reducer.record_format) for value in values]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        together = _bytes(reducer, lay_out(Path(one), encoded))
        scattered = _bytes(reducer, lay_out(Path(other), encoded, layout))
    assert scattered == together
    assert read(reducer, together) == values


def _bytes(reducer: Reducer, results: Any) -> bytes:
    with tempfile.TemporaryFile("w+b") as out:
        reducer.reduce(results, out)  # type: ignore[arg-type]  # a file opened for both
        out.seek(0)
        return out.read()


@pytest.mark.parametrize("name", [name for name in ALL if name not in KEEPS_EVERY_RECORD])
def test_the_layout_does_not_matter_for_totals(name: str, reduce: Callable[..., bytes]) -> None:
    values = [{"n": 0.1 * at} for at in range(20)]
    layouts = [None, [list(reversed(range(20)))], [[3, 1, 19], [*range(4, 19), 0, 2]]]
    assert len({reduce(of(name), values, layout) for layout in layouts}) == 1


@pytest.mark.parametrize("name", ALL)
def test_progress_ends_at_the_number_of_partitions(
    name: str, store: Callable[..., Any], run: Callable[..., Any]
) -> None:
    reducer = of(name)
    results = store(
        [{"n": 1, "text": "x"} if name not in ("sum", "mean") else {"n": 1}] * 700, reducer.record_format
    )
    _, reduction, told = run(reducer, results)
    assert told == sorted(told)
    assert told[-1] == 700
    assert reduction.records >= 1


@pytest.mark.parametrize("name", ALL)
def test_the_artifact_is_left_open_at_its_end(name: str, store: Callable[..., Any], tmp_path: Path) -> None:
    reducer = of(name)
    with (tmp_path / "artifact").open("wb") as out:
        reducer.reduce(store([{"n": at} for at in range(3)], reducer.record_format), out)
        out.flush()
        assert out.tell() == (tmp_path / "artifact").stat().st_size > 0
        out.write(b"more")
    assert (tmp_path / "artifact").read_bytes().endswith(b"more")


def test_every_choice_has_one_line() -> None:
    assert list(meanings()) == [*NAMES, *_EXTENSIONS]
    assert all(meanings()[name] == of(name).meaning for name in ALL)


EMPTY = {
    "collect-json": b"[]\n",
    "concat-jsonl": b"",
    "concat-csv": b"",
    "custom": b"[]\n",
}


@pytest.mark.parametrize("name", EMPTY)
def test_no_results_give_an_empty_artifact(name: str, reduce: Callable[..., bytes]) -> None:
    assert reduce(of(name), []) == EMPTY[name]


def test_no_results_give_an_empty_parquet_table(reduce: Callable[..., bytes]) -> None:
    assert read(ConcatParquet(), reduce(ConcatParquet(), [])) == []


@pytest.mark.parametrize("name", ["sum", "mean", "min", "max", "select-best"])
def test_no_results_are_refused_where_there_is_no_answer(name: str, reduce: Callable[..., bytes]) -> None:
    with pytest.raises(ReduceError, match=f"{name} has nothing to work on: there are no results"):
        reduce(of(name), [])


@pytest.mark.parametrize("name", ["concat-jsonl", "concat-csv", "concat-parquet", "sum", "select-best"])
def test_partitions_without_records_are_passed_over(name: str, reduce: Callable[..., bytes]) -> None:
    row = {"n": 1}
    assert reduce(of(name), [None, [], row, [], None]) == reduce(of(name), [row])


@pytest.mark.parametrize("name", ALL)
def test_a_lost_segment_is_named(name: str, store: Callable[..., Any], run: Callable[..., Any]) -> None:
    reducer = of(name)
    results = store([{"n": 1}, {"n": 2}], reducer.record_format, [[0], [1]])
    results[1].path.unlink()
    with pytest.raises(
        ReduceError, match=r"00001\.data cannot be read: No such file or directory\n.*Run the contract"
    ):
        run(reducer, results)


@pytest.mark.parametrize("name", ALL)
def test_a_segment_that_ends_early_is_named(
    name: str, store: Callable[..., Any], run: Callable[..., Any]
) -> None:
    reducer = of(name)
    results = store([{"n": 1}, {"n": 2}], reducer.record_format)
    with results[1].path.open("r+b") as segment:
        segment.truncate(results[1].offset + 1)
    with pytest.raises(
        ReduceError, match=r"00000\.data cannot be read: the file is shorter than its index says"
    ):
        run(reducer, results)


def test_a_custom_reducer_is_the_authors_function_even_if_it_has_a_ready_made_name() -> None:
    reducer = reducer_for(contract("custom", function="stages/merge.py:sum"), collected)
    assert isinstance(reducer, CustomReducer)
    assert reducer.function is collected
