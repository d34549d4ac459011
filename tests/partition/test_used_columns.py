"""Columns that a function names, read from its source; on those alone it does what it did on all."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.partition import read
from jupyter_agilab.partition.used_columns import columns_for

NAMED = {
    "a subscript": ('return df["a"].sum()', ("a",)),
    "several": ('return df[["a", "b"]].to_dict("list")', ("a", "b")),
    "attributes": ("return float((df.a * df.b).sum())", ("a", "b")),
    "a filter": ('late = df[df["a"] > 2]\nreturn late["b"].tolist()', ("a", "b")),
    "a filter onto the same name": (
        "df = df[(df.a > 2) & ~(df.b == 3)]\nreturn len(df), df.c.sum()",
        ("a", "b", "c"),
    ),
    "a filter by a test": ('return df[df["a"].isin([1, 2])]["b"].tolist()', ("a", "b")),
    "groups": ('return df.groupby("a", sort=True)["b"].sum().to_dict()', ("a", "b")),
    "groups of several": ('return df.groupby(["a", "b"])[["c"]].mean().to_dict()', ("a", "b", "c")),
    "a new column": ('df["new"] = df["a"] + 1\nreturn df["new"].tolist()', ("a", "new")),
    "places": ('return df.loc[df["a"] > 1, "b"].tolist()', ("a", "b")),
    "places to write": ('df.loc[df.a > 1, "b"] = 0\nreturn df["b"].tolist()', ("a", "b")),
    "another name": ('table: object = df\nreturn table["a"].tolist()', ("a",)),
    "its index": ('return df["a"].sum() + df.index[0]', ("a",)),
    "inside a lambda": ('total = lambda: df["a"].sum()\nreturn total()', ("a",)),
    "a length": ('return len(df) + df["a"].sum()', ("a",)),
    "a column that is not there": (
        'try:\n    return df["zz"]\nexcept KeyError:\n    return df["a"].tolist()',
        ("a", "zz"),
    ),
}
WHOLE = {
    "returned": "return df",
    "printed": 'print(df)\nreturn df["a"].sum()',
    "passed on": 'return other(df) + df["a"].sum()',
    "a method": 'return df.describe()["a"]',
    "a method of a filter": 'return df[df["a"] > 1].mean()',
    "a variable column": 'name = "a"\nreturn df[name].sum()',
    "a computed column": 'return df["a" + "b"]',
    "a slice": 'return df[0:2]["a"]',
    "by number": "return df.iloc[:, 0].sum()",
    "its shape": "return df.shape",
    "its columns": "return [df[c].sum() for c in df.columns]",
    "a loop": "return [row for row in df]",
    "in a string": 'return f"{df}" + str(df["a"])',
    "a flag column, which may hold names": 'return df[df["a"]]["b"]',
    "is in": 'return df[df["a"] in (1, 2)]',
    "a pair, which may be one name": 'return df["a", "b"]',
    "added to": 'df += 1\nreturn df["a"]',
    "kept elsewhere": 'box["df"] = df\nreturn df["a"]',
    "locals": 'return locals()["df"]["b"] + df["a"]',
    "eval": 'return eval("df")["b"] + df["a"]',
    "global": 'global df\nreturn df["a"]',
    "groups that are whole": 'return df.groupby("a").sum()',
    "groups whose object is asked for": 'return df.groupby("a")[["b"]].obj',
    "groups along columns": 'return df.groupby("a", axis=1)["b"].sum()',
    "applied": 'return df.groupby("a")["b"].apply(other)',
    "private": 'return df._mgr, df["a"]',
    "an attribute that is set": 'df.a = 3\nreturn df["b"]',
    "compared": 'return df == 1, df["a"]',
    "a walrus": 'x = (y := df)\nreturn df["a"]',
    "a default": 'def inner(x=df):\n    return x\nreturn df["a"], inner()',
    "unpacked": 'return [*df], df["a"]',
    "yielded": 'yield df\nyield df["a"]',
}


def module(body: str, head: str = "def f(df):", before: str = "") -> str:
    return f"{before}\n{head}\n{textwrap.indent(body, '    ')}\n"


@pytest.mark.parametrize("name", NAMED)
def test_named_columns(name) -> None:
    body, expected = NAMED[name]
    assert columns_for(module(body), "f", "df", "df-pandas") == expected


@pytest.mark.parametrize("name", WHOLE)
def test_all_columns_where_that_is_not_certain(name) -> None:
    assert columns_for(module(WHOLE[name]), "f", "df", "df-pandas") is None


def test_a_decorated_or_doubled_function_is_not_looked_into() -> None:
    body = 'return df["a"]'
    assert columns_for(module(body), "f", "df", "df-pandas") == ("a",)
    assert columns_for(module(body, "@wrap\ndef f(df):"), "f", "df", "df-pandas") is None
    assert columns_for(module(body) * 2, "f", "df", "df-pandas") is None
    assert columns_for(module(body, "async def f(df):"), "f", "df", "df-pandas") is None
    assert columns_for("class A:\n  def f(df):\n    return df['a']", "f", "df", "df-pandas") is None
    assert columns_for("not python", "f", "df", "df-pandas") is None
    assert columns_for(module(body), "g", "df", "df-pandas") is None


@pytest.mark.parametrize(
    ("form", "body", "expected"),
    [
        ("df-polars", 'return df["a"].sum() + df.get_column("b").sum()', ("a", "b")),
        ("df-polars", 'return df.select("a", "b").sum()', ("a", "b")),
        ("df-polars", 'return df.select("^a.*$")', None),
        ("df-polars", 'return df.select("*")', None),
        ("df-polars", 'return df.select(pl.col("a"))', None),
        ("df-polars", 'return df.filter(df["a"] > 1)["b"]', None),
        ("df-polars", "return df.a", None),
        ("df-polars", 'return df[df["a"] > 1]', None),
        ("table-arrow", 'return df.select(["a", "b"]).num_rows + len(df.column("c"))', ("a", "b", "c")),
        ("table-arrow", "return df.column(0)", None),
        ("table-arrow", "return df.num_rows", None),
        ("rows", 'return sum(row["a"] for row in df if row.get("b"))', ("a", "b")),
        ("rows", 'n = 0\nfor row in df:\n    n += row["a"]\nreturn n', ("a",)),
        ("rows", "return [row for row in df]", None),
        ("rows", "return list(df)", None),
        ("rows", 'return [row["a"] for place, row in enumerate(df)]', None),
        ("rows", "return sum(1 for row in df)", None),
        ("lines", 'return df["a"]', None),
    ],
)
def test_other_forms(form, body, expected) -> None:
    assert columns_for(module(body), "f", "df", form) == expected


@pytest.fixture
def wide(tmp_path: Path) -> pd.DataFrame:
    frame = pd.DataFrame(
        {name: np.arange(12) % (3 + place) for place, name in enumerate("abcdefgh")},
        index=pd.Index(range(100, 112), name="place"),
    )
    frame["flag"] = frame["a"] > 1
    frame.to_parquet(tmp_path / "a.parquet")
    return frame


@pytest.mark.parametrize("name", NAMED)
def test_the_result_is_the_same_on_fewer_columns(wide, plan_of, tmp_path, name) -> None:
    body, columns = NAMED[name]
    scope: dict[str, object] = {}
    exec(compile(ast.parse(module(body)), "module", "exec"), scope)
    function = scope["f"]
    plan = plan_of(tmp_path, input="a.parquet", target_partitions=2, partition=PartitionTable())
    for partition in plan.partitions:
        fewer = read.pandas_frame(partition, tmp_path, {"used_columns": columns})
        assert set(fewer.columns) == set(columns) & set(wide.columns)
        everything = read.pandas_frame(partition, tmp_path)
        assert fewer.index.equals(everything.index)
        results = [function(frame) for frame in (fewer, everything)]
        assert repr(results[0]) == repr(results[1])


def test_columns_of_several_levels_are_all_read(plan_of, tmp_path) -> None:
    frame = pd.DataFrame({("a", "x"): [1, 2], ("b", "y"): [3, 4]})
    frame.to_parquet(tmp_path / "a.parquet")
    plan = plan_of(tmp_path, input="a.parquet", target_partitions=1)
    found = read.pandas_frame(plan.partitions[0], tmp_path, {"used_columns": ("('a', 'x')", "b")})
    assert found.equals(frame)


def test_columns_with_the_same_name_are_all_read(plan_of, tmp_path) -> None:
    table = pa.table([[1, 2], [3, 4], [5, 6]], names=["a", "a", "b"])
    with pa.ipc.new_file(tmp_path / "a.arrow", table.schema) as writer:
        writer.write_table(table)
    plan = plan_of(tmp_path, input="a.arrow", target_partitions=1)
    assert read.arrow_table(plan.partitions[0], tmp_path, {"used_columns": ("b",)}).equals(table)


BYTES_READ = """
import inspect, json, sys
from contextlib import ExitStack
from pathlib import Path
import pandas, pyarrow.parquet, pyarrow.ipc
from jupyter_agilab.contract.model import Contract
from jupyter_agilab.partition import read
from jupyter_agilab.partition.formats import parquet, arrow_ipc
from jupyter_agilab.planning.make import make_plan
from jupyter_agilab.run.arguments import Arguments
from jupyter_agilab.run.types import StageSpec

folder, name = Path(sys.argv[1]), sys.argv[2]
source = (folder / "stage.py").read_text()
scope = {}
exec(source, scope)
contract = Contract(
    name="stage", function="stage.py:stage", split="files", input=name, workers=1,
    partition_strategy="file-chunks", target_partitions=4, min_partitions_per_worker=1,
    reducer="collect-json", backend="local", output="out.json",
)
plan = make_plan(contract, folder, cores=1)
spec = StageSpec(
    stage="stage", run_id="1", function="stage", entry="stage.py", sources={"stage.py": source}, digest="",
    folder=str(folder), split="files", parameters={}, record_format="value", seed=0,
)
arguments = Arguments(spec, scope["stage"])

def bytes_read():
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])

partitions = list(plan.partitions)
arguments.of(partitions[0], ExitStack())  # imports
before, results = bytes_read(), []
for partition in partitions:
    with ExitStack() as stack:
        positional, named = arguments.of(partition, stack)
        results.append(scope["stage"](*positional, **named))
print(json.dumps([len(partitions), bytes_read() - before, results]))
"""


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="platform: no /proc/self/io")
@pytest.mark.parametrize("form", ["df", "table: pa.Table", "rows"])
def test_three_of_200_columns_cost_at_most_a_tenth_of_the_bytes(tmp_path, form) -> None:
    rng = np.random.default_rng(3)
    columns = {f"c{number:03}": rng.integers(0, 2**40, 20_000) for number in range(200)}
    pq.write_table(pa.table(columns), tmp_path / "wide.parquet", row_group_size=5_000)
    size = (tmp_path / "wide.parquet").stat().st_size
    name = form.partition(":")[0]
    body = {
        "df": 'return int(df["c003"].sum() + df.c100.max() + df["c199"].min())',
        "table": 'return len(table.select(["c003", "c100", "c199"]).to_pylist())',
        "rows": 'return sum(row["c003"] + row["c100"] + row["c199"] for row in rows)',
    }[name]
    (tmp_path / "stage.py").write_text(f"import pyarrow as pa\n\n\ndef stage({form}):\n    {body}\n")
    answer = subprocess.run(
        [sys.executable, "-c", BYTES_READ, str(tmp_path), "wide.parquet"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    count, bytes_read, results = json.loads(answer.stdout.splitlines()[-1])
    assert count == 4
    assert bytes_read < size / 10
    frame = pd.DataFrame(columns)
    parts = [frame[start : start + 5_000] for start in range(0, 20_000, 5_000)]
    expected = {
        "df": [int(part["c003"].sum() + part["c100"].max() + part["c199"].min()) for part in parts],
        "table": [5_000] * 4,
        "rows": [int((part["c003"] + part["c100"] + part["c199"]).sum()) for part in parts],
    }[name]
    assert results == expected
    print(f"{form}: {bytes_read:,} of {size:,} bytes")
