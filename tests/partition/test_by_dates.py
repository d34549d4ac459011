from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.errors import PlanError
from jupyter_agilab.partition.read import iter_rows
from jupyter_agilab.planning.plan import Plan
from jupyter_agilab.planning.plan_json import plan_json

Planner = Callable[..., Plan]
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def by(plan_of: Planner) -> Planner:
    def plan(folder: Path, source: str = "a.csv", *, period: Any = "month", **table: Any) -> Plan:
        return plan_of(
            folder,
            split="data-partitions",
            input=source,
            partition_strategy="row-chunks",
            partition=PartitionTable(**{"by": "dates", "columns": ("when",), "period": period, **table}),
        )

    return plan


def write(folder: Path, values: list[str]) -> None:
    lines = "".join(f"{number},{value}\n" for number, value in enumerate(values))
    (folder / "a.csv").write_text(f"row,when\n{lines}")


def bins(plan: Plan, folder: Path) -> dict[str, list[int]]:
    return {part.describe(): [int(row["row"]) for row in iter_rows(part, folder)] for part in plan.partitions}


@given(
    values=st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)), min_size=1, max_size=40),
    period=st.sampled_from(["day", "week", "month", "quarter", "year"]),
)
@FEW
def test_every_row_is_in_the_bin_that_pandas_gives(
    tmp_path_factory: pytest.TempPathFactory, by: Planner, values: list[datetime], period: str
) -> None:
    folder = tmp_path_factory.mktemp("dates")
    write(folder, [value.isoformat(" ") for value in values])
    plan = by(folder, period=period)
    frequency = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}[period]
    periods = pd.Series(pd.to_datetime(values)).dt.to_period(frequency)
    expected: dict[Any, list[int]] = {}
    for number, each in enumerate(periods):
        expected.setdefault(each, []).append(number)
    found = []
    for part, each in zip(plan.partitions, sorted(expected), strict=True):
        assert [int(row["row"]) for row in iter_rows(part, folder)] == expected[each]
        begin, end = (part.detail or {})["bounds"]
        assert date.fromisoformat(begin) == each.start_time.date()
        assert date.fromisoformat(end) == (each + 1).start_time.date()
        found += expected[each]
    assert sorted(found) == list(range(len(values)))


def test_bins_are_half_open_and_named(by: Planner, tmp_path: Path) -> None:
    write(tmp_path, ["2013-01-31 23:59:59.999999", "2013-02-01", "2012-12-31", "20130101"])
    plan = by(tmp_path)
    assert bins(plan, tmp_path) == {"2012-12": [2], "2013-01": [0, 3], "2013-02": [1]}
    assert plan_json(plan, partitions=True)["partitions"][1]["bounds"] == ["2013-01-01", "2013-02-01"]
    assert list(bins(by(tmp_path, period="week"), tmp_path)) == ["2013-W01", "2013-W05"]
    assert list(bins(by(tmp_path, period="quarter"), tmp_path)) == ["2012-Q4", "2013-Q1"]
    assert list(bins(by(tmp_path, period="year"), tmp_path)) == ["2012", "2013"]
    assert list(bins(by(tmp_path, period="day"), tmp_path))[:2] == ["2012-12-31", "2013-01-01"]


def test_gaps_are_no_partitions_and_are_told(by: Planner, tmp_path: Path) -> None:
    write(tmp_path, ["2013-01-05", "2013-07-05"])
    plan = by(tmp_path)
    (gaps,) = [each for each in plan.findings if each.code == "partition.gaps"]
    assert gaps.message == "5 months have no rows and no partition: 2013-02, 2013-03, 2013-04 and 2 more"
    assert list(bins(plan, tmp_path)) == ["2013-01", "2013-07"]
    write(tmp_path, ["2013-01-05", "2013-02-05"])
    assert "partition.gaps" not in [each.code for each in by(tmp_path).findings]


def test_rows_without_a_date_are_a_partition_of_their_own(by: Planner, tmp_path: Path) -> None:
    write(tmp_path, ["2013-01-05", "", "NA"])
    plan = by(tmp_path)
    assert bins(plan, tmp_path) == {"2013-01": [0], "no when": [1, 2]}
    (without,) = [each for each in plan.findings if each.code == "partition.without-date"]
    assert without.message.startswith("2 rows have no date")


@pytest.mark.parametrize("bad", ["5th of May", "2013-02-30", "12", "05/01/2013"])
def test_what_is_no_date_is_told_with_its_row(by: Planner, tmp_path: Path, bad: str) -> None:
    write(tmp_path, ["2013-01-05", bad, "2013-01-06"])
    with pytest.raises(PlanError) as caught:
        by(tmp_path)
    (finding,) = caught.value.findings
    assert finding.code == "partition.no-date"
    assert f"{bad!r} in row 2" in finding.message


def test_offsets_are_taken_in_utc_and_not_mixed_with_none(by: Planner, tmp_path: Path) -> None:
    write(tmp_path, ["2013-02-01T00:30:00+02:00", "2013-02-01T00:30:00Z"])
    assert bins(by(tmp_path), tmp_path) == {"2013-01": [0], "2013-02": [1]}
    write(tmp_path, ["2013-02-01T00:30:00+02:00", "2013-02-01"])
    with pytest.raises(PlanError) as caught:
        by(tmp_path)
    assert caught.value.findings[0].code == "partition.no-date"


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_columns_with_a_time_zone_follow_its_calendar(by: Planner, tmp_path: Path, unit: str) -> None:
    moments = [datetime(2013, 1, 31, 22, 30), datetime(2013, 1, 31, 23, 30), None]
    zoned = pa.array(moments, pa.timestamp(unit)).cast(pa.timestamp(unit, "Europe/Paris"))
    pa.parquet.write_table(pa.table({"row": [0, 1, 2], "when": zoned}), tmp_path / "a.parquet")
    assert bins(by(tmp_path, "a.parquet"), tmp_path) == {"2013-01": [0], "2013-02": [1], "no when": [2]}
    days = pa.array([date(2013, 1, 1) + timedelta(40 * number) for number in range(3)])
    pa.parquet.write_table(pa.table({"row": [0, 1, 2], "when": days}), tmp_path / "b.parquet")
    assert list(bins(by(tmp_path, "b.parquet"), tmp_path)) == ["2013-01", "2013-02", "2013-03"]


def test_numbers_are_no_dates_and_one_column_is_looked_at(by: Planner, tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"row": [0], "when": [20130101]}), tmp_path / "a.parquet")
    with pytest.raises(PlanError) as caught:
        by(tmp_path, "a.parquet")
    assert caught.value.findings[0].code == "partition.no-date"
    with pytest.raises(PlanError) as caught:
        by(tmp_path, "a.parquet", columns=("row", "when"))
    assert caught.value.findings[0].code == "partition.columns"
