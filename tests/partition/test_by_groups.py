from __future__ import annotations

import csv
import gzip
import io
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition.fingerprints import is_unchanged
from jupyter_agilab.partition.read import (
    arrow_table,
    iter_lines,
    iter_rows,
    open_bytes,
    open_text,
    pandas_frame,
    polars_frame,
    temporary_file,
)
from jupyter_agilab.partition.staged import progress
from jupyter_agilab.partition.types import Partition
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.plan_json import plan_json
from jupyter_agilab.planning.store import read_plan, write_plan

Planner = Callable[..., Plan]
CELL = st.one_of(
    st.none(),
    st.sampled_from(["", "NA", "1", "1.0", "01", "x", "é", '"', "a,b", "a\nb", "a\r\nb", "True", "nan", " "]),
    st.integers(-5, 5),
    st.floats(-2, 2, width=16),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4),
)
TABLE = st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=40)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
STAGED = ".agilab/staged/*"


@pytest.fixture
def by(plan_of: Planner) -> Planner:
    def plan(folder: Path, source: str = "a.csv", *, target: int = 3, **table: Any) -> Plan:
        table = {"by": "groups", "columns": ("g",), **table}
        return plan_of(
            folder,
            split="data-partitions",
            input=source,
            partition_strategy="row-chunks",
            target_partitions=target,
            partition=PartitionTable(**table),
        )

    return plan


def written(rows: list[tuple[Any, ...]], **dialect: Any) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, **dialect)
    writer.writerow(["row", "g", "h", "x"])
    writer.writerows([number, *row] for number, row in enumerate(rows))
    return out.getvalue()


def numbers(plan: Plan, folder: Path) -> list[list[int]]:
    return [[int(row["row"]) for row in iter_rows(part, folder)] for part in plan.partitions]


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left.reset_index(drop=True), right.reset_index(drop=True))


@given(rows=TABLE, target=st.integers(1, 8), end=st.sampled_from(["\n", "\r\n"]), both=st.booleans())
@FEW
def test_every_row_of_any_csv_lands_once_and_no_group_is_split(
    tmp_path_factory: pytest.TempPathFactory,
    by: Planner,
    rows: list[tuple[Any, ...]],
    target: int,
    end: str,
    both: bool,
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    text = written(rows, lineterminator=end)
    (folder / "a.csv").write_text(text, "utf-8", newline="")
    columns = ["g", "h"] if both else ["g"]
    plan = by(folder, target=target, columns=tuple(columns))
    judge = list(csv.DictReader(io.StringIO(text, newline="")))
    whole = pd.read_csv(folder / "a.csv", low_memory=False)
    seen: dict[int, int] = {}
    for part in plan.partitions:
        rows_of = list(iter_rows(part, folder))
        found = [int(row["row"]) for row in rows_of]
        assert found == sorted(found)
        assert rows_of == [judge[number] for number in found]
        assert not seen.keys() & set(found)
        seen |= dict.fromkeys(found, part.index)
        same(pandas_frame(part, folder, {"columns": columns}), whole[whole["row"].isin(found)])
        assert (part.detail or {})["rows"] == len(found)
    assert seen.keys() == set(range(len(judge)))
    groups = whole.groupby(columns, dropna=False)["row"]
    assert all(len({seen[number] for number in group}) == 1 for _, group in groups)
    texts: dict[tuple[str, ...], set[int]] = {}
    for number, row in enumerate(judge):
        texts.setdefault(tuple(row[name] for name in columns), set()).add(seen[number])
    assert all(len(parts) == 1 for parts in texts.values())
    assert plan.partition_count == min(target, len(groups))


VALUES = st.sampled_from(
    [
        [1, 2, None, 3],
        [1, 2, 3, 2],
        [0.5, None, float("nan"), 1.0],
        ["a", "é", None, "1"],
        [True, False, None, True],
        [b"a", b"", None, b"b"],
    ]
)


@given(data=st.data(), count=st.integers(1, 60), target=st.integers(1, 6))
@FEW
@pytest.mark.parametrize("suffix", ["parquet", "arrow", "sqlite"])
def test_every_row_of_typed_tables_lands_once_with_the_types_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory,
    by: Planner,
    suffix: str,
    data: st.DataObject,
    count: int,
    target: int,
) -> None:
    folder = tmp_path_factory.mktemp(suffix)
    columns = {name: data.draw(VALUES.map(tuple)) for name in ("g", "x", "y")}
    places = st.lists(st.integers(0, 3), min_size=count, max_size=count)
    table = pa.table(
        {
            "row": list(range(count)),
            **{
                name: pa.array([each[place] for place in data.draw(places)], pa.array(each).type)
                for name, each in columns.items()
            },
        }
    )
    path = folder / f"a.{suffix}"
    if suffix == "parquet":
        pa.parquet.write_table(table, path, row_group_size=7)
        whole = pd.read_parquet(path)
    elif suffix == "arrow":
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=7)
        whole = table.to_pandas()
    else:
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE t(row INTEGER, g, x, y)")
        database.executemany(
            "INSERT INTO t VALUES (?, ?, ?, ?)", [tuple(row.values()) for row in table.to_pylist()]
        )
        database.commit()
        names = [each[0] for each in database.execute("SELECT * FROM t").description]
        whole = pd.DataFrame.from_records(database.execute("SELECT * FROM t").fetchall(), columns=names)
        database.close()
    plan = by(folder, path.name, target=target)
    seen: dict[int, int] = {}
    for part in plan.partitions:
        frame = pandas_frame(part, folder, {"columns": ["g"]})
        found = [int(number) for number in frame["row"]]
        same(frame, whole[whole["row"].isin(found)])
        assert arrow_table(part, folder)["row"].to_pylist() == found
        assert [row["row"] for row in iter_rows(part, folder)] == found
        assert not seen.keys() & set(found)
        seen |= dict.fromkeys(found, part.index)
    assert seen.keys() == set(range(count))
    groups = whole.groupby("g", dropna=False)["row"]
    assert all(len({seen[number] for number in group}) == 1 for _, group in groups)
    assert plan.partition_count == min(target, len(groups))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        ("b", "1", "x,y"),
        ("a", "2", 'a "quote"'),
        (None, "3", "two\nlines"),
        ("a", "4", ""),
        ("b", "5", "é"),
    ]
    (tmp_path / "a.csv").write_text(written(rows, lineterminator="\n"), "utf-8")
    return tmp_path


def test_groups_are_in_order_and_no_value_comes_last(by: Planner, folder: Path) -> None:
    plan = by(folder)
    assert [part.describe() for part in plan.partitions] == ["g = a", "g = b", "g = no value"]
    assert numbers(plan, folder) == [[1, 3], [0, 4], [2]]
    assert plan.rule == "1 file: 3 groups, each is one partition."
    labels = [each["label"] for each in plan_json(plan, partitions=True)["partitions"]]
    assert labels == ["g = a", "g = b", "g = no value"]


def test_small_groups_share_a_partition_in_the_order_of_the_source(by: Planner, folder: Path) -> None:
    plan = by(folder, target=1)
    assert [part.describe() for part in plan.partitions] == ["3 groups: g = a to g = no value"]
    assert numbers(plan, folder) == [[0, 1, 2, 3, 4]]


def test_numbers_are_in_the_order_of_numbers_and_equal_ones_are_one_group(
    by: Planner, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("row,g\n0,10\n1,9\n2,9.0\n3,-1\n")
    plan = by(tmp_path, target=9)
    assert [part.describe() for part in plan.partitions] == ["g = -1", "g = 9", "g = 10"]
    (tmp_path / "b.csv").write_text("row,g\n0,10\n1,9\n2,9.0\n3,x\n")
    plan = by(tmp_path, "b.csv", target=9)
    assert [part.describe() for part in plan.partitions] == ["g = 10", "g = 9", "g = 9.0", "g = x"]


def test_each_form_of_the_rows_is_the_text_of_the_source(by: Planner, folder: Path) -> None:
    part = by(folder).partitions[0]
    text = 'row,g,h,x\n1,a,2,"a ""quote"""\n3,a,4,\n'
    with open_bytes(part, folder) as stream:
        assert stream.read().decode() == text
        assert stream.seek(-2, os.SEEK_END) == len(text) - 2
        assert stream.read() == b",\n"
    with open_text(part, folder) as lines:
        assert lines.read() == text
    with temporary_file(part, folder) as path:
        assert path.read_text() == text
    assert list(iter_lines(part, folder)) == text.splitlines()
    assert polars_frame(part, folder)["row"].to_list() == [1, 3]


def test_sqlite_partitions_are_databases_for_functions_that_take_a_path(by: Planner, tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "a.db")
    database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, g TEXT, x BLOB)")
    database.executemany(
        "INSERT INTO t VALUES (?, ?, ?)", [(1, "b", b"\0\xff"), (2, "a", 2.5), (3, "b", None)]
    )
    database.commit()
    database.close()
    plan = by(tmp_path, "a.db")
    with temporary_file(plan.partitions[1], tmp_path) as path:
        copy = sqlite3.connect(path)
        assert copy.execute("SELECT * FROM t").fetchall() == [(1, "b", b"\0\xff"), (3, "b", None)]
        copy.close()


def test_parquet_keeps_categories_and_reads_only_the_columns_that_are_used(
    by: Planner, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"g": pd.Categorical(["b", "a", "b"]), "x": [1, 2, 3], "y": [0.5, 1.5, 2.5]})
    frame.to_parquet(tmp_path / "a.parquet")
    plan = by(tmp_path, "a.parquet")
    found = pandas_frame(plan.partitions[1], tmp_path)
    assert found["g"].tolist() == ["b", "b"]
    assert isinstance(found["g"].dtype, pd.CategoricalDtype)
    assert list(pandas_frame(plan.partitions[1], tmp_path, {"used_columns": ("x",)}).columns) == ["x"]


def test_several_and_compressed_files_are_one_table(by: Planner, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("row,g\n0,a\n1,b")
    (tmp_path / "2.csv").write_text("row,g\n2,a\n")
    plan = by(tmp_path, "*.csv")
    assert numbers(plan, tmp_path) == [[0, 2], [1]]
    assert {part.source for part in plan.partitions} == {"*.csv"}
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"row,g\n0,a\n1,b\n2,a\n"))
    assert numbers(by(tmp_path, "a.csv.gz"), tmp_path) == [[0, 2], [1]]
    (tmp_path / "2.csv").write_text("row,other\n2,a\n")
    with pytest.raises(PlanError) as caught:
        by(tmp_path, "*.csv")
    assert caught.value.findings[0].code == "partition.not-grouped"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig"])
def test_other_encodings_are_kept(by: Planner, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_text('"row","g"\n0,é\n1,ü\n', encoding)
    declared = {"encoding": encoding}
    plan = by(tmp_path, **declared)
    assert [part.describe() for part in plan.partitions] == ["g = é", "g = ü"]
    assert list(iter_rows(plan.partitions[1], tmp_path, declared)) == [{"row": "1", "g": "ü"}]


def test_a_giant_group_is_told_and_even_ones_are_not(by: Planner, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("row,g\n" + "".join(f"{n},{'x' if n < 80 else n}\n" for n in range(100)))
    plan = by(tmp_path, target=4)
    (giant,) = [each for each in plan.findings if each.code == "partition.giant-group"]
    assert "g = x has 80% of the rows" in giant.message
    assert plan.partition_count == 4
    (tmp_path / "b.csv").write_text("row,g\n" + "".join(f"{n},{n % 9}\n" for n in range(100)))
    assert "partition.giant-group" not in [each.code for each in by(tmp_path, "b.csv", target=4).findings]


@given(rows=st.lists(st.integers(1, 50), min_size=2, max_size=60), target=st.integers(1, 60))
@settings(deadline=None)
def test_bundles_are_as_many_as_wanted_and_none_is_empty(rows: list[int], target: int) -> None:
    from jupyter_agilab.partition.by_groups import _ranges

    target = min(target, len(rows))
    ranges = _ranges(rows, target)
    assert len(ranges) == target
    assert [place for first, stop in ranges for place in range(first, stop)] == list(range(len(rows)))
    largest = max(sum(rows[first:stop]) for first, stop in ranges)
    assert largest <= 2 * max(*rows, sum(rows) / target) + max(rows)


def test_only_partitions_whose_rows_changed_get_another_fingerprint(by: Planner, folder: Path) -> None:
    before = by(folder).partitions
    path = folder / "a.csv"
    path.write_text(path.read_text().replace("x,y", "other"))
    after = by(folder).partitions
    assert [part.id for part in before] == [part.id for part in after]
    changed = [one.fingerprint != other.fingerprint for one, other in zip(before, after, strict=True)]
    assert changed == [False, True, False]
    path.write_text(path.read_text() + "9,a,1,1\n")
    later = by(folder).partitions
    assert [one.fingerprint != other.fingerprint for one, other in zip(after, later, strict=True)] == [
        True,
        False,
        False,
    ]


def test_the_order_of_rows_of_different_groups_counts_in_a_shared_partition(
    by: Planner, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("row,g\n0,a\n1,b\n")
    (before,) = by(tmp_path, target=1).partitions
    (tmp_path / "a.csv").write_text("row,g\n1,b\n0,a\n")
    (after,) = by(tmp_path, target=1).partitions
    assert before.id == after.id
    assert before.fingerprint != after.fingerprint
    os.utime(tmp_path / "a.csv", (1, 1))
    assert by(tmp_path, target=1).partitions[0].fingerprint == after.fingerprint


def test_a_table_is_staged_once_for_any_number_of_partitions(by: Planner, folder: Path) -> None:
    told: list[float] = []
    with progress.listening(lambda source, share: told.append(share)):
        by(folder, target=1)
        (staged,) = folder.glob(STAGED)
        first = len(told)
        by(folder, target=3)
    assert first > 0
    assert len(told) == first
    assert list(folder.glob(STAGED)) == [staged]
    assert (folder / ".agilab/.gitignore").read_text() == "*\n"


def test_a_staged_table_that_is_damaged_is_made_again(by: Planner, folder: Path) -> None:
    expected = by(folder).partitions
    (staged,) = folder.glob(STAGED)
    (staged / "staged.json").write_text("{}x")
    assert list(by(folder).partitions) == list(expected)
    assert numbers(by(folder), folder) == [[1, 3], [0, 4], [2]]


def test_partitions_tell_where_their_staged_table_is_gone(by: Planner, folder: Path, tmp_path: Path) -> None:
    import shutil

    from jupyter_agilab.partition.staged.place import opened_header

    part = by(folder).partitions[0]
    assert is_unchanged(part, folder)
    shutil.rmtree(folder / ".agilab/staged")
    opened_header.cache_clear()
    assert not is_unchanged(part, folder)
    with pytest.raises(AgilabError, match="gone or damaged"):
        pandas_frame(part, folder)


def test_a_plan_on_disk_has_the_same_partitions(by: Planner, folder: Path, tmp_path: Path) -> None:
    plan = by(folder, target=2)
    (tmp_path / "plan").mkdir()
    write_plan(plan, tmp_path / "plan")
    stored: list[Partition] = list(read_plan(tmp_path / "plan").partitions)
    assert stored == list(plan.partitions)


def test_a_killed_planner_leaves_nothing_that_is_taken_for_a_table(by: Planner, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("row,g\n" + "".join(f"{n},{n % 3}\n" for n in range(400_000)))
    code = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from jupyter_agilab.partition.staged import build, store
def killed(*_): os.kill(os.getpid(), signal.SIGKILL)
build.write_groups = killed
from jupyter_agilab.contract.model import Contract, PartitionTable
from jupyter_agilab.planning.make import make_plan
make_plan(Contract(name="s", function="a.py:a", split="data-partitions", input="a.csv", workers=1,
    partition_strategy="row-chunks", target_partitions=3, min_partitions_per_worker=1, reducer="collect-json",
    backend="local", output="artifacts/s.json", partition=PartitionTable(by="groups", columns=("g",))),
    Path({str(tmp_path)!r}))
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGKILL
    (part,) = tmp_path.glob(".agilab/staged/.*.part")
    old = time.time() - 60
    os.utime(part, (old, old))
    assert [len(each) for each in numbers(by(tmp_path), tmp_path)] == [133_334, 133_333, 133_333]
    assert not part.exists()


@pytest.mark.parametrize(
    ("source", "text", "table", "code"),
    [
        ("a.csv", "row,g\n1,2\n", {"columns": ("h",)}, "partition.no-column"),
        ("a.csv", "row,g,g\n1,2,3\n", {}, "partition.no-column"),
        ("a.csv", "row,g\n", {}, "partition.no-rows"),
        ("a.csv", "", {}, "partition.no-rows"),
        ("a.csv", "row,g\n", {"columns": ()}, "partition.columns"),
        ("a.csv", "row,g\n", {"header": False}, "partition.columns-without-header"),
        ("a.txt", "row\n", {}, "partition.not-grouped"),
        ("a.parquet", "row\n", {}, "partition.not-grouped"),
        ("a.csv", "row,g\n1,\0\n", {}, "partition.not-grouped"),
    ],
)
def test_what_cannot_be_grouped_is_refused(
    by: Planner, tmp_path: Path, source: str, text: str, table: dict[str, Any], code: str
) -> None:
    (tmp_path / source).write_text(text)
    with pytest.raises(PlanError) as caught:
        by(tmp_path, source, **table)
    assert [each.code for each in caught.value.findings] == [code]
    assert not list(tmp_path.glob(STAGED))


def test_too_many_groups_are_refused_and_keys_are_named(
    by: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_agilab.partition.staged.units.MOST_UNITS", 10)
    (tmp_path / "a.csv").write_text("row,g\n" + "".join(f"{n},{n}\n" for n in range(11)))
    with pytest.raises(PlanError) as caught:
        by(tmp_path)
    assert caught.value.findings[0].code == "partition.too-many"
    assert '"keys"' in caught.value.findings[0].hint


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_agilab.partition.staged.csv_rows._BLOCK_BYTES", 5)
    monkeypatch.setattr("jupyter_agilab.partition.staged.store._PAGE_ROWS", 3)


@given(rows=TABLE, end=st.sampled_from(["\n", "\r\n", "\r"]), target=st.integers(1, 4))
@FEW
@pytest.mark.usefixtures("small_blocks")
def test_records_that_cross_blocks_and_pages_stay_whole(
    tmp_path_factory: pytest.TempPathFactory, by: Planner, rows: list[tuple[Any, ...]], end: str, target: int
) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    # the writer would leave a line end of another kind bare
    quoting = csv.QUOTE_ALL if end == "\r" else csv.QUOTE_MINIMAL
    text = written(rows, lineterminator=end, quoting=quoting).removesuffix(end)
    (folder / "a.csv").write_text(text, "utf-8", newline="")
    judge = list(csv.DictReader(io.StringIO(text, newline="")))
    found = [row for part in by(folder, target=target).partitions for row in iter_rows(part, folder)]
    assert sorted(found, key=lambda row: int(row["row"])) == judge


def test_planning_and_reading_read_the_source_once(by: Planner, tmp_path: Path) -> None:
    counted = Path("/proc/self/io")
    if not counted.exists():
        pytest.skip("this system does not count what a process reads")

    def read() -> int:
        return int(counted.read_text().split("rchar:")[1].split()[0])

    path = tmp_path / "a.csv"
    path.write_text(
        "row,g,x\n" + "".join(f"{n},g{n % 500},{'x' * 40}{n * 7919 % 1000}\n" for n in range(200_000))
    )
    pandas_frame(by(tmp_path, target=500).partitions[0], tmp_path)
    os.utime(path, (5, 5))
    before = read()
    plan = by(tmp_path, target=500)
    planned = read() - before
    rows = sum(len(pandas_frame(part, tmp_path)) for part in plan.partitions)
    assert rows == 200_000
    assert planned < 1.1 * path.stat().st_size
    assert read() - before < 2 * path.stat().st_size
