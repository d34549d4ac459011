from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_agilab.contract.model import PartitionTable
from jupyter_agilab.partition.read import iter_rows, pandas_frame
from jupyter_agilab.partition.staged.values import bucket_of, key_text
from jupyter_agilab.planning.plan import Plan

Planner = Callable[..., Plan]
KEY = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=5), st.booleans())
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def by(plan_of: Planner) -> Planner:
    def plan(folder: Path, source: str = "a.csv", *, target: int = 4, columns: Any = ("key",)) -> Plan:
        return plan_of(
            folder,
            split="data-partitions",
            input=source,
            partition_strategy="row-chunks",
            target_partitions=target,
            partition=PartitionTable(by="keys", columns=columns),
        )

    return plan


@given(
    keys=st.lists(st.sampled_from(["a", "b", "é", "1", "1.0", "", "x\ny", '"']), min_size=1, max_size=60),
    target=st.integers(1, 9),
)
@FEW
def test_every_row_is_in_one_bucket_and_a_key_in_one(
    tmp_path_factory: pytest.TempPathFactory, by: Planner, keys: list[str], target: int
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    whole = pd.DataFrame({"row": range(len(keys)), "key": keys})
    whole.to_csv(folder / "a.csv", index=False)
    plan = by(folder, target=target)
    bucket_by_row: dict[int, str] = {}
    for part in plan.partitions:
        rows = [int(row["row"]) for row in iter_rows(part, folder)]
        assert rows == sorted(rows)
        assert not bucket_by_row.keys() & set(rows)
        bucket_by_row |= dict.fromkeys(rows, part.describe())
    assert bucket_by_row.keys() == set(range(len(keys)))
    for number, key in enumerate(keys):
        assert bucket_by_row[number] == f"bucket {bucket_of([key], target) + 1} of {target}"


def test_a_key_has_the_same_bucket_whatever_holds_it(by: Planner, tmp_path: Path) -> None:
    whole = pd.DataFrame({"row": range(40), "key": [n % 13 for n in range(40)]})
    whole.to_csv(tmp_path / "a.csv", index=False)
    found = []
    for kind in ("int8", "int64", "float32", "float64", "str"):
        whole.astype({"key": kind}).to_parquet(tmp_path / f"{kind}.parquet")
        found.append(f"{kind}.parquet")
    buckets = [
        {
            part.describe(): pandas_frame(part, tmp_path)["row"].tolist()
            for part in by(tmp_path, name).partitions
        }
        for name in ("a.csv", *found)
    ]
    assert all(each == buckets[0] for each in buckets)


def test_the_hash_is_the_one_that_is_documented() -> None:
    data = b"AA"
    expected = int.from_bytes(blake2b(len(data).to_bytes(8, "big") + data, digest_size=8).digest(), "big")
    assert [bucket_of(["AA"], buckets) for buckets in (2, 16, 1000)] == [expected % n for n in (2, 16, 1000)]
    # as it was when this was written: runs of last year must be found again
    assert [bucket_of([key], 1000) for key in ("AA", 1, None, "é", True)] == FIXED


FIXED = [551, 782, 848, 605, 814]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1, 1.0, "1", "01", " 1 ", "1.0", "1e0", Decimal("1.00")], "1"),
        ([0.1, "0.1", ".1", "1e-1"], "0.1"),
        ([True, "True", "TRUE", "true"], "true"),
        ([None, float("nan"), "", "NA", "null"], ""),
        ([-3, "-3.0"], "-3"),
        (["a"], "a"),
        (["A"], "A"),
        ([b"\x01"], "01"),
    ],
)
def test_equal_keys_are_written_the_same(values: list[object], text: str) -> None:
    assert [key_text(value) for value in values] == [text] * len(values)


@given(key=KEY, buckets=st.integers(1, 50))
def test_every_key_has_a_bucket(key: object, buckets: int) -> None:
    assert 0 <= bucket_of([key], buckets) < buckets


def test_columns_do_not_run_into_each_other() -> None:
    assert len({bucket_of(key, 1 << 60) for key in (["ab", "c"], ["a", "bc"], ["abc", ""], ["", "abc"])}) == 4


def test_buckets_do_not_depend_on_the_seed_of_python(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    code = (
        "from jupyter_agilab.partition.staged.values import bucket_of\n"
        "print([bucket_of([key], 97) for key in ('a', 'b', 1, 2.5, None)])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_empty_buckets_are_told(by: Planner, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("row,key\n0,a\n")
    plan = by(tmp_path)
    assert plan.partition_count == 1
    assert [each.message for each in plan.findings if each.code == "partition.empty-buckets"] == [
        "3 buckets are empty and no partition; there may be fewer keys than buckets"
    ]
    (tmp_path / "a.csv").write_text("row,key\n" + "".join(f"{n},{n}\n" for n in range(100)))
    assert "partition.empty-buckets" not in [each.code for each in by(tmp_path).findings]
