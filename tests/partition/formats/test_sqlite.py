"""SQLite: tables, views, queries, keys of all types; and that nothing is written."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError, PlanError
from jupyter_agilab.partition import read

many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def make(path: Path, script: str, *inserts: tuple[str, list[tuple[object, ...]]]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        for sql, rows in inserts:
            connection.executemany(sql, rows)
        connection.commit()


def ask(path: Path, sql: str) -> list[dict[str, object]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def joined(plan, folder, **options):
    return [row for partition in plan.partitions for row in read.iter_rows(partition, folder, options)]


keys = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)
    | st.integers(0, 3)
)


@many
@given(
    rows=st.lists(keys, max_size=25),
    count=st.integers(1, 12),
    kind=st.sampled_from(["", "INTEGER", "TEXT", "REAL"]),
)
@pytest.mark.parametrize("source", ["table", "query"])
def test_ranges_of_a_key_of_any_type(plan_of, source, rows, count, kind) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(
            folder / "a.db",
            f"CREATE TABLE t (k {kind}, n INTEGER)",
            ("INSERT INTO t VALUES (?, ?)", list(zip(rows, range(len(rows)), strict=True))),
        )
        options = {"key": "k"} | ({"query": "SELECT k, n FROM t -- all"} if source == "query" else {})
        plan = plan_of(folder, input="a.db", target_partitions=count, partition=PartitionTable(**options))
        whole = ask(folder / "a.db", "SELECT k, n FROM t ORDER BY k")
        found = joined(plan, folder, **options)
        order = [row["k"] for row in whole]
        assert [row["k"] for row in found] == order
        assert sorted(row["n"] for row in found) == sorted(row["n"] for row in whole)
        assert plan.partition_count <= max(1, min(count, len(rows)))
        parts = [list(read.iter_rows(partition, folder, options)) for partition in plan.partitions]
        assert all(parts) or len(parts) == 1
        # the same key is never in two partitions
        held = [{repr(row["k"]) for row in part} for part in parts]
        assert sum(map(len, held)) == len(set().union(*held))
        assert [
            partition.stop - partition.start for partition in plan.partitions if partition.kind == "rows"
        ] == [
            len(part)
            for part, partition in zip(parts, plan.partitions, strict=True)
            if partition.kind == "rows"
        ]


def test_a_query_joins_and_filters(plan_of, tmp_path) -> None:
    make(
        tmp_path / "a.sqlite",
        "CREATE TABLE flights (id INTEGER PRIMARY KEY, carrier TEXT, delay REAL);"
        "CREATE TABLE carriers (carrier TEXT PRIMARY KEY, name TEXT)",
        ("INSERT INTO flights VALUES (?, ?, ?)", [(n, "ABC"[n % 3], n / 2) for n in range(100)]),
        ("INSERT INTO carriers VALUES (?, ?)", [("A", "Alpha"), ("B", "Beta")]),
    )
    query = "SELECT id, name, delay FROM flights JOIN carriers USING (carrier) WHERE delay > 10;"
    options = {"query": query, "key": "id"}
    plan = plan_of(tmp_path, input="a.sqlite", target_partitions=7, partition=PartitionTable(**options))
    assert plan.partition_count == 7
    assert joined(plan, tmp_path, **options) == ask(tmp_path / "a.sqlite", query.replace(";", " ORDER BY id"))
    with read.temporary_file(plan.partitions[2], tmp_path, options) as path:
        assert ask(path, "SELECT * FROM query") == list(read.iter_rows(plan.partitions[2], tmp_path, options))
    options = {"query": query}
    plan = plan_of(tmp_path, input="a.sqlite", target_partitions=7, partition=PartitionTable(**options))
    assert plan.partition_count == 1
    assert (
        "a query is cut by ranges of a column, which `key` in [partition] names" in plan.findings[0].message
    )
    assert len(joined(plan, tmp_path, **options)) == len(ask(tmp_path / "a.sqlite", query))


@pytest.mark.parametrize(
    "definition",
    [
        "CREATE TABLE t (rowid TEXT, n INTEGER)",
        "CREATE TABLE t (rowid TEXT, oid TEXT, n INTEGER)",
        'CREATE TABLE t ("a b" TEXT, "select" TEXT, n INTEGER PRIMARY KEY)',
        "CREATE TABLE t (n INTEGER PRIMARY KEY DESC, m TEXT)",
        "CREATE TABLE t (n INTEGER, m TEXT, PRIMARY KEY (n, m)) WITHOUT ROWID",
        "CREATE TABLE t (n INTEGER, twice INTEGER GENERATED ALWAYS AS (n * 2) VIRTUAL)",
        "CREATE TABLE t (rowid TEXT, _rowid_ TEXT, oid TEXT, n INTEGER)",
    ],
)
def test_tables_of_all_shapes(plan_of, tmp_path, definition) -> None:
    make(tmp_path / "a.db", definition)
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(t)")]
        shown = ", ".join(f'"{name}"' for name in names)
        for number in range(20):
            values = [number * 3 if name == "n" else f"{name}{number % 4}" for name in names]
            connection.execute(f"INSERT INTO t ({shown}) VALUES ({', '.join('?' * len(names))})", values)
        connection.commit()
    plan = plan_of(tmp_path, input="a.db", target_partitions=4)
    has_order = "rowid TEXT, _rowid_ TEXT" not in definition
    assert plan.partition_count == (4 if has_order else 1)
    expected = ask(tmp_path / "a.db", "SELECT * FROM t ORDER BY n")
    assert sorted(joined(plan, tmp_path), key=lambda row: row["n"]) == expected
    copied = []
    for partition in plan.partitions:
        with read.temporary_file(partition, tmp_path) as path:
            copied += ask(path, "SELECT * FROM t")
    assert sorted(copied, key=lambda row: row["n"]) == expected


def test_row_ids_are_kept_in_a_copy(plan_of, tmp_path) -> None:
    make(
        tmp_path / "a.db",
        "CREATE TABLE t (n)",
        ("INSERT INTO t (rowid, n) VALUES (?, ?)", [(7, 1), (-5, 2), (90, 3)]),
    )
    plan = plan_of(tmp_path, input="a.db", target_partitions=3)
    found = []
    for partition in plan.partitions:
        with read.temporary_file(partition, tmp_path) as path:
            found += ask(path, "SELECT rowid, n FROM t")
    assert found == [{"rowid": -5, "n": 2}, {"rowid": 7, "n": 1}, {"rowid": 90, "n": 3}]


def test_which_table(plan_of, tmp_path) -> None:
    make(
        tmp_path / "a.db",
        "CREATE TABLE one (n); CREATE TABLE two (n); CREATE VIEW seen AS SELECT n + 1 AS n FROM two",
        ("INSERT INTO two VALUES (?)", [(n,) for n in range(9)]),
    )
    with pytest.raises(PlanError, match="holds 2 tables, and which one is meant is not said") as caught:
        plan_of(tmp_path, input="a.db", target_partitions=3)
    assert caught.value.findings[0].key == "partition.table"
    with pytest.raises(PlanError, match="has no table 'tow'"):
        plan_of(tmp_path, input="a.db", target_partitions=3, partition=PartitionTable(table="tow"))
    plan = plan_of(tmp_path, input="a.db", target_partitions=3, partition=PartitionTable(table="two"))
    assert joined(plan, tmp_path, table="two") == [{"n": n} for n in range(9)]
    assert plan.partitions[1].describe() == "a.db two rows 3-6"
    view = plan_of(tmp_path, input="a.db", target_partitions=3, partition=PartitionTable(table="seen"))
    assert view.partition_count == 1
    assert "its rows have no ids" in view.findings[0].message
    options = {"table": "seen", "key": "n"}
    view = plan_of(tmp_path, input="a.db", target_partitions=3, partition=PartitionTable(**options))
    assert view.partition_count == 3
    assert joined(view, tmp_path, **options) == [{"n": n + 1} for n in range(9)]
    with pytest.raises(PlanError, match="has no column 'm'"):
        plan_of(tmp_path, input="a.db", target_partitions=3, partition=PartitionTable(table="two", key="m"))
    whole = plan_of(tmp_path, input="a.db", partition_strategy="one-file-per-partition")
    with pytest.raises(AgilabError, match="which one is meant"):
        joined(whole, tmp_path)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("DELETE FROM t", "syntax error"),
        ("SELECT 1; DROP TABLE t", "syntax error|one statement"),
        ("ATTACH 'other.db' AS other", "syntax error"),
        ("SELECT * FROM nowhere", "no such table"),
    ],
)
def test_a_query_can_only_select(plan_of, tmp_path, query, told) -> None:
    make(tmp_path / "a.db", "CREATE TABLE t (n)", ("INSERT INTO t VALUES (?)", [(1,)]))
    before = sorted(os.listdir(tmp_path)), (tmp_path / "a.db").read_bytes()
    with pytest.raises(PlanError, match=told):
        plan_of(tmp_path, input="a.db", target_partitions=2, partition=PartitionTable(query=query, key="n"))
    assert (sorted(os.listdir(tmp_path)), (tmp_path / "a.db").read_bytes()) == before


@pytest.mark.parametrize("mode", ["DELETE", "WAL", "PERSIST", "TRUNCATE"])
def test_reading_makes_and_changes_no_file(plan_of, tmp_path, mode) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE t (n)")
        connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(99)])
        connection.commit()
    before = {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)}
    stamps = path.stat().st_mtime_ns
    plan = plan_of(tmp_path, input="a.db", target_partitions=4)
    assert len(joined(plan, tmp_path)) == 99
    assert {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)} == before
    assert path.stat().st_mtime_ns == stamps
    with pytest.raises(FileNotFoundError):
        read.pandas_frame(plan.partitions[0], tmp_path / "elsewhere")


def test_changes_that_are_not_in_the_file_are_told(plan_of, tmp_path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (n)")
        connection.commit()
        with pytest.raises(PlanError, match=r"changes to it are in a\.db-wal"):
            plan_of(tmp_path, input="a.db", target_partitions=4)


def test_keys_that_hold_blobs_are_refused(plan_of, tmp_path) -> None:
    make(
        tmp_path / "a.db",
        "CREATE TABLE t (k BLOB PRIMARY KEY) WITHOUT ROWID",
        ("INSERT INTO t VALUES (?)", [(bytes([n]),) for n in range(9)]),
    )
    with pytest.raises(PlanError, match="its key holds BLOBs"):
        plan_of(tmp_path, input="a.db", target_partitions=4)


def test_columns_of_mixed_types(plan_of, tmp_path) -> None:
    make(
        tmp_path / "a.db",
        "CREATE TABLE t (n)",
        ("INSERT INTO t VALUES (?)", [(1,), ("x",), (b"y",), (None,)]),
    )
    (partition,) = plan_of(tmp_path, input="a.db", target_partitions=1).partitions
    assert joined(plan_of(tmp_path, input="a.db"), tmp_path) == [
        {"n": 1},
        {"n": "x"},
        {"n": b"y"},
        {"n": None},
    ]
    assert read.pandas_frame(partition, tmp_path)["n"].tolist() == [1, "x", b"y", None]
    with pytest.raises(AgilabError, match=r"a\.db cannot be read as sqlite"):
        read.arrow_table(partition, tmp_path)
