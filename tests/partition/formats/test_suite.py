"""What every format must do: partitions joined are the whole file, for any content and any count."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import AgilabError
from jupyter_agilab.partition import read
from jupyter_agilab.partition.fingerprints import is_unchanged
from jupyter_agilab.planning.store import read_plan, write_plan

many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
STRATEGIES = ["file-chunks", "row-chunks"]

FRAMES = {
    "pandas": lambda *args: read.pandas_frame(*args).to_dict("records"),
    "polars": lambda *args: read.polars_frame(*args).to_dicts(),
    "arrow": lambda *args: read.arrow_table(*args).to_pylist(),
}


@pytest.fixture
def cut(case, plan_of):
    """Write records, cut the file, and give its partitions, their folder, and what the judge reads of it."""

    def cut(folder: Path, records, count: int, options=None, strategy: str = "file-chunks", **table):
        case.write(folder / f"a{case.suffix}", records, **(options or {}))
        plan = plan_of(
            folder,
            input=f"a{case.suffix}",
            target_partitions=count,
            partition_strategy=strategy,
            partition=PartitionTable(**{**case.table, **table}),
        )
        return plan, case.judge(folder / f"a{case.suffix}")

    return cut


def reader_of(case, **more):
    return {**case.table, **more}


@many
@given(data=st.data(), count=st.integers(1, 40), strategy=st.sampled_from(STRATEGIES))
def test_records_joined_are_the_whole_files(case, cut, same, data, count, strategy) -> None:
    records, options = data.draw(case.records), data.draw(case.options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan, whole = cut(folder, records, count, options, strategy)
        parts = [list(read.iter_rows(partition, folder, reader_of(case))) for partition in plan.partitions]
        assert same([row for part in parts for row in part], [case.as_rows(record) for record in whole])
        assert len(parts) <= max(1, min(count, len(whole)))
        if len(parts) > 1:
            assert all(parts), "a partition without records"
        if strategy == "row-chunks":
            assert len(parts) == max(1, min(count, len(whole)))
            assert max(map(len, parts)) - min(map(len, parts)) <= 1


@few
@given(data=st.data(), count=st.integers(1, 12))
def test_a_piece_is_a_file_that_the_formats_own_library_reads(case, cut, same, data, count) -> None:
    records, options = data.draw(case.records), data.draw(case.options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan, whole = cut(folder, records, count, options)
        joined, streamed = [], []
        for partition in plan.partitions:
            with read.temporary_file(partition, folder, reader_of(case)) as path:
                assert path.suffix == case.suffix
                joined += case.judge(path)
            if not case.is_folder:
                with read.open_bytes(partition, folder, reader_of(case)) as stream:
                    (folder / f"copy{case.suffix}").write_bytes(stream.read())
                streamed += case.judge(folder / f"copy{case.suffix}")
        assert same(joined, whole)
        assert same(streamed, whole) or case.is_folder


@few
@given(data=st.data(), count=st.integers(1, 12))
@pytest.mark.parametrize("form", FRAMES)
def test_tables_hold_the_records(case, cut, same, form, data, count) -> None:
    records, options = data.draw(case.records), data.draw(case.options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan, whole = cut(folder, records, count, options)
        rows = [
            row for partition in plan.partitions for row in FRAMES[form](partition, folder, reader_of(case))
        ]
        if form == "pandas":
            rows = [{key: None if value is None else value for key, value in row.items()} for row in rows]
        expected = [case.as_frame(record) for record in whole]
        empty = [{**row, "text": None} if row.get("text") == "" else row for row in rows]
        assert same(rows, expected) or same(empty, expected)


@pytest.mark.parametrize("form", [*FRAMES, "rows"])
def test_columns_that_the_contract_names(case, cut, same, tmp_path, form) -> None:
    plan, whole = cut(tmp_path, sample(case)[:9], 3)
    take = {**FRAMES, "rows": lambda *args: list(read.iter_rows(*args))}[form]
    chosen = reader_of(case, columns=(case.column,))
    rows = [row for partition in plan.partitions for row in take(partition, tmp_path, chosen)]
    assert same(rows, [{case.column: record[case.column]} for record in whole])
    if case.column != "line" or form == "rows":
        with pytest.raises(AgilabError, match="nowhere"):
            take(plan.partitions[0], tmp_path, reader_of(case, columns=("nowhere",)))


@pytest.mark.parametrize("rows_each", [1, 4, 100])
def test_rows_per_partition(case, cut, tmp_path, rows_each) -> None:
    plan, _ = cut(tmp_path, sample(case), 0, None, "row-chunks", rows=rows_each)
    sizes = [
        sum(1 for _ in read.iter_rows(partition, tmp_path, reader_of(case))) for partition in plan.partitions
    ]
    full, rest = divmod(10, rows_each)
    assert sizes == [rows_each] * full + ([rest] if rest else [])


def sample(case):
    return [case.one(number) for number in range(10)]


def test_a_stored_plan_is_the_plan(case, cut, tmp_path) -> None:
    plan, _ = cut(tmp_path, sample(case), 4)
    assert plan.partition_count == 4
    (tmp_path / "stored").mkdir()
    write_plan(plan, tmp_path / "stored")
    stored = list(read_plan(tmp_path / "stored").partitions)
    assert stored == list(plan.partitions)
    assert len({partition.id for partition in stored}) == 4
    assert json.dumps([partition.detail for partition in stored])


def test_ids_stay_and_fingerprints_follow_the_content(case, cut, tmp_path) -> None:
    plan, _ = cut(tmp_path, sample(case), 3)
    again, _ = cut(tmp_path, sample(case), 3)
    assert [partition.id for partition in plan.partitions] == [partition.id for partition in again.partitions]
    assert all(is_unchanged(partition, tmp_path) for partition in again.partitions)
    grown, _ = cut(tmp_path, sample(case) * 2, 3)
    assert not any(is_unchanged(partition, tmp_path) for partition in again.partitions)
    assert {partition.fingerprint for partition in again.partitions}.isdisjoint(
        partition.fingerprint for partition in grown.partitions
    )


def test_lines_are_given_or_refused(case, cut, tmp_path) -> None:
    plan, _ = cut(tmp_path, sample(case), 3)
    if case.has_lines:
        assert all(list(read.iter_lines(partition, tmp_path)) for partition in plan.partitions)
    else:
        with pytest.raises(AgilabError, match="cannot be given as lines"):
            list(read.iter_lines(plan.partitions[0], tmp_path))


def test_a_whole_file_is_given_itself(case, cut, same, tmp_path) -> None:
    plan, whole = cut(tmp_path, sample(case), 1, None, "one-file-per-partition")
    (partition,) = plan.partitions
    assert partition.kind == "file"
    with read.temporary_file(partition, tmp_path) as path:
        assert path == tmp_path / f"a{case.suffix}"
    rows = list(read.iter_rows(partition, tmp_path, reader_of(case)))
    assert same(rows, [case.as_rows(record) for record in whole])


@few
@given(data=st.data(), count=st.integers(1, 12), strategy=st.sampled_from(STRATEGIES))
def test_a_store_behind_a_url_gives_the_same(case, plan_of, same, data, count, strategy) -> None:
    import fsspec

    if not case.is_remote:
        pytest.skip("platform: the library of this format reads local files only")
    store = fsspec.filesystem("memory")
    records, options = data.draw(case.records), data.draw(case.options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / f"a{case.suffix}"
        case.write(path, records, **options)
        store.pipe(f"/suite/a{case.suffix}", path.read_bytes())
        plan = plan_of(
            folder,
            input=f"memory://suite/a{case.suffix}",
            target_partitions=count,
            partition_strategy=strategy,
            partition=PartitionTable(**case.table),
        )
        rows = [
            row for partition in plan.partitions for row in read.iter_rows(partition, folder, reader_of(case))
        ]
        assert same(rows, [case.as_rows(record) for record in case.judge(path)])
        assert all(is_unchanged(partition, folder) for partition in plan.partitions)
        joined = []
        for partition in plan.partitions:
            with read.temporary_file(partition, folder, reader_of(case)) as copy:
                joined += case.judge(copy)
        assert same(joined, case.judge(path))
